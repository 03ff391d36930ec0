import type { FastifyHelmetOptions } from '@fastify/helmet';

/**
 * The page loads nothing but its own script, style sheet and icon, and sends requests to its own server only. Without trusted
 * types, no text becomes HTML: the only policy is that of DOMPurify.
 */
export const SECURITY_HEADERS: FastifyHelmetOptions = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      'default-src': ["'none'"],
      'script-src': ["'self'"],
      'style-src': ["'self'"],
      'img-src': ["'self'"],
      'connect-src': ["'self'"],
      'base-uri': ["'none'"],
      'form-action': ["'none'"],
      'frame-ancestors': ["'none'"],
      'require-trusted-types-for': ["'script'"],
      'trusted-types': ['dompurify'],
    },
  },
  referrerPolicy: { policy: 'no-referrer' },
  // Browsers ignore this header without https.
  strictTransportSecurity: false,
};
