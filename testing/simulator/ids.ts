/** The team of the simulated workspace, unless another one is chosen. */
export const SIMULATOR_TEAM_ID = '7f3a1e52-6c1d-4b8e-9a40-5d2c8b1e6f01';
