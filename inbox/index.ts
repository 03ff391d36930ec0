/** The approvals inbox: a web page, and its JSON API, in which people answer gates. */
export type { Person } from './api-types';
export type { DeniedAccess } from './server/denied-access';
export { type Inbox, type InboxOptions, startInbox } from './server/start-inbox';
