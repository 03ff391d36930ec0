export * from './end-errors';
export * from './from-temporal';
export * from './invalid-input-error';
export * from './request-errors';
