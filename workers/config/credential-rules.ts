/** The variables that identify the worker to Duvo. */
export interface CredentialVariables {
  DUVO_API_KEY?: string;
  DUVO_API_KEY_FILE?: string;
  DUVO_CLIENT_ID?: string;
  DUVO_CLIENT_SECRET?: string;
  DUVO_CLIENT_PRIVATE_KEY_FILE?: string;
}

export interface CredentialRule {
  path: [keyof CredentialVariables];
  error: string;
  isBroken: (variables: CredentialVariables) => boolean;
}

/** Rules that allow exactly one credential: a key, a file with a key, or an OAuth client with a secret or private key. */
export const CREDENTIAL_RULES: readonly CredentialRule[] = [
  {
    path: ['DUVO_API_KEY'],
    error:
      'is missing: set it to your Duvo API key, or set DUVO_API_KEY_FILE to a file that holds it, or DUVO_CLIENT_ID to use OAuth',
    isBroken: (variables) => Object.values(pickCredentials(variables)).every((value) => value === undefined),
  },
  {
    path: ['DUVO_API_KEY'],
    error: 'is set and so is DUVO_API_KEY_FILE: unset one of them',
    isBroken: ({ DUVO_API_KEY: key, DUVO_API_KEY_FILE: file }) => key !== undefined && file !== undefined,
  },
  {
    path: ['DUVO_CLIENT_ID'],
    error:
      'is set and so is DUVO_API_KEY or DUVO_API_KEY_FILE: unset the key to use OAuth, or unset DUVO_CLIENT_ID to use the key',
    isBroken: ({ DUVO_API_KEY: key, DUVO_API_KEY_FILE: file, DUVO_CLIENT_ID: id }) =>
      id !== undefined && (key !== undefined || file !== undefined),
  },
  {
    path: ['DUVO_CLIENT_ID'],
    error:
      'is missing, but DUVO_CLIENT_SECRET or DUVO_CLIENT_PRIVATE_KEY_FILE is set: set DUVO_CLIENT_ID, or unset both',
    isBroken: ({ DUVO_CLIENT_ID: id, DUVO_CLIENT_SECRET: secret, DUVO_CLIENT_PRIVATE_KEY_FILE: file }) =>
      id === undefined && (secret !== undefined || file !== undefined),
  },
  {
    path: ['DUVO_CLIENT_SECRET'],
    error: 'is missing: DUVO_CLIENT_ID needs DUVO_CLIENT_SECRET or DUVO_CLIENT_PRIVATE_KEY_FILE',
    isBroken: ({ DUVO_CLIENT_ID: id, DUVO_CLIENT_SECRET: secret, DUVO_CLIENT_PRIVATE_KEY_FILE: file }) =>
      id !== undefined && secret === undefined && file === undefined,
  },
  {
    path: ['DUVO_CLIENT_SECRET'],
    error: 'is set and so is DUVO_CLIENT_PRIVATE_KEY_FILE: unset one of them',
    isBroken: ({ DUVO_CLIENT_SECRET: secret, DUVO_CLIENT_PRIVATE_KEY_FILE: file }) =>
      secret !== undefined && file !== undefined,
  },
];

function pickCredentials(variables: CredentialVariables): CredentialVariables {
  const { DUVO_API_KEY, DUVO_API_KEY_FILE, DUVO_CLIENT_ID, DUVO_CLIENT_SECRET, DUVO_CLIENT_PRIVATE_KEY_FILE } =
    variables;
  return { DUVO_API_KEY, DUVO_API_KEY_FILE, DUVO_CLIENT_ID, DUVO_CLIENT_SECRET, DUVO_CLIENT_PRIVATE_KEY_FILE };
}
