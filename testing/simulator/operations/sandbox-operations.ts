import { z } from 'zod';
import type { ReceivedBytes, SimulatedFile } from '../resources/sandboxes';
import { defineOperation } from './operation';

export const sandboxOperations = [
  defineOperation({
    name: 'create-sandbox',
    operationId: 'createSandbox',
    v1: 'POST /v1/sandboxes',
    v2: 'POST /v2/sandboxes',
    scope: 'sandboxes:write',
    isMutation: true,
    body: z.strictObject({}).optional(),
    status: 201,
    perform({ sandboxes, ledger }, { entry }) {
      const { id, expiresAt } = sandboxes.create();
      ledger.markCommitted(entry);
      return { sandbox_id: id, expires_at: new Date(expiresAt).toISOString() };
    },
  }),
  defineOperation<SimulatedFile>({
    name: 'upload-file',
    operationId: 'uploadSandboxFile',
    v2: 'POST /v2/sandboxes/:sandbox_id/files',
    scope: 'sandboxes:write',
    isMutation: true,
    bodyType: 'multipart',
    status: 201,
    perform({ sandboxes, ledger }, { ids, body, entry }) {
      const { path, size } = sandboxes.putFile(ids['sandbox_id'] ?? '', body);
      ledger.markCommitted(entry);
      return { path, size_bytes: size };
    },
  }),
  defineOperation({
    name: 'create-upload-url',
    operationId: 'createSandboxUploadUrl',
    v2: 'POST /v2/sandboxes/:sandbox_id/upload-urls',
    scope: 'sandboxes:write',
    isMutation: true,
    body: z.strictObject({ path: z.string().min(1) }),
    perform({ sandboxes, ledger }, { ids, body, entry, origin }) {
      const { target, path, seconds } = sandboxes.createUploadUrl(ids['sandbox_id'], body.path);
      ledger.markCommitted(entry);
      return { upload_url: origin + target, path, expires_in_seconds: seconds };
    },
  }),
  defineOperation<ReceivedBytes, { token: string }>({
    name: 'put-upload',
    other: 'PUT /uploads/:upload_id',
    isMutation: true,
    keyRequirement: 'none',
    access: 'open',
    bodyType: 'bytes',
    query: z.strictObject({ token: z.string() }),
    perform({ sandboxes, ledger }, { ids, body: { size, sha256 }, query, entry }) {
      const upload = sandboxes.findUpload(ids['upload_id'], query.token);
      if (sandboxes.receiveUpload(upload, size, sha256)) ledger.markCommitted(entry);
      return {};
    },
  }),
  defineOperation({
    name: 'list-files',
    operationId: 'listSandboxFiles',
    v2: 'GET /v2/sandboxes/:sandbox_id/files',
    scope: 'files:read',
    query: z.strictObject({ path: z.string().default('/workspace') }),
    perform: ({ sandboxes }, { ids, query }) => ({ files: sandboxes.listDirectory(ids['sandbox_id'], query.path) }),
  }),
];
