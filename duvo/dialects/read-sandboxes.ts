import type { Sandbox, SandboxFile, UploadUrl, UploadedFile } from '../model';
import type { JsonObject } from '../model/operation';
import { toOptionalNumber, toOptionalString } from './parse-wire';

export function toSandbox(wire: JsonObject & { sandbox_id: string }): Sandbox {
  const { sandbox_id, expires_at, ...unknownFields } = wire;
  return { id: sandbox_id, expiresAt: toOptionalString(expires_at), unknownFields };
}

export function toUploadUrl(wire: JsonObject & { upload_url: string; path: string }): UploadUrl {
  return { url: wire.upload_url, path: wire.path, expiresInSeconds: toOptionalNumber(wire['expires_in_seconds']) };
}

export function toUploadedFile(wire: JsonObject & { path: string; size_bytes: number }): UploadedFile {
  return { path: wire.path, sizeBytes: wire.size_bytes };
}

export function toSandboxFile(wire: JsonObject & { name: string; path: string; type: string }): SandboxFile {
  const { name, path, type, size_bytes, ...unknownFields } = wire;
  return { name, path, type, sizeBytes: toOptionalNumber(size_bytes), unknownFields };
}
