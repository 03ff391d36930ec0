import type { Sandbox, SandboxFile, UploadUrl } from '../model';
import type { JsonObject } from '../operation';
import { optionalNumber, optionalText } from './read';

export function toSandbox(wire: JsonObject & { sandbox_id: string }): Sandbox {
  return { id: wire.sandbox_id, expiresAt: optionalText(wire['expires_at']) };
}

export function toUploadUrl(wire: JsonObject & { upload_url: string; path: string }): UploadUrl {
  return { url: wire.upload_url, path: wire.path, expiresInSeconds: optionalNumber(wire['expires_in_seconds']) };
}

export function toSandboxFile(wire: JsonObject & { name: string; path: string; type: string }): SandboxFile {
  const { name, path, type, size_bytes, ...other } = wire;
  return { name, path, type, sizeBytes: optionalNumber(size_bytes), other };
}
