export interface Sandbox {
  id: string;
  /** ISO 8601. Absent when the response does not have it. */
  expiresAt?: string;
  /** Wire fields that this model does not know, by their wire names. */
  unknownFields: Record<string, unknown>;
}

/** A local file to upload into a sandbox. */
export interface UploadFileInput {
  sandboxId: string;
  /** Local path. The file is streamed and never held in memory. */
  file: string;
  /** Target path in the sandbox. @default chosen by Duvo from the file name; `/workspace/<name>` for a file over 10 MB */
  path?: string;
}

export interface UploadedFile {
  /** Path of the file in the sandbox. */
  path: string;
  sizeBytes: number;
}

/** The target of the HTTP `PUT` for a file over 10 MB. The URL is a secret: whoever has it can write to the sandbox. */
export interface UploadUrl {
  url: string;
  path: string;
  expiresInSeconds?: number;
}

export interface SandboxFile {
  name: string;
  path: string;
  /** `file` or `dir`. Other values are passed on unchanged. */
  type: string;
  sizeBytes?: number;
  /** Wire fields that this model does not know, by their wire names. */
  unknownFields: Record<string, unknown>;
}
