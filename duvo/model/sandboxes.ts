export interface Sandbox {
  id: string;
  /** ISO 8601. Absent when Duvo does not tell. */
  expiresAt?: string;
  /** Fields of the wire that this model does not know, by their wire names. */
  unknownFields: Record<string, unknown>;
}

/** A file of this machine that goes into a sandbox. */
export interface UploadFileInput {
  sandboxId: string;
  /** Path on this machine. It is streamed, never held in memory. */
  file: string;
  /** Where it goes in the sandbox. @default where Duvo puts a file of its name; over 10 MB `/workspace/<name>` */
  path?: string;
}

export interface UploadedFile {
  /** Where Duvo put it. */
  path: string;
  sizeBytes: number;
}

/** Where a file over 10 MB is sent: an HTTP `PUT`. The URL is a secret: whoever has it can write to the sandbox. */
export interface UploadUrl {
  url: string;
  path: string;
  expiresInSeconds?: number;
}

export interface SandboxFile {
  name: string;
  path: string;
  /** `file`, `dir`; others are carried as Duvo gives them. */
  type: string;
  sizeBytes?: number;
  /** Fields of the wire that this model does not know, by their wire names. */
  unknownFields: Record<string, unknown>;
}
