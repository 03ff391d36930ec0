/** Turns the Markdown of an agent, which may be hostile, into HTML that is safe to show. */
import DOMPurify from 'dompurify';
import MarkdownIt from 'markdown-it';

// Images are left out, because they would be loaded from other addresses, and their authors would see who reads them.
const markdown = new MarkdownIt({ html: false, linkify: true, breaks: true }).disable('image');

DOMPurify.addHook('afterSanitizeAttributes', (node) => {
  if (node.tagName !== 'A') return;
  node.setAttribute('target', '_blank');
  node.setAttribute('rel', 'noopener noreferrer nofollow');
});

/** The server's policy of trusted types refuses any HTML that does not come from DOMPurify. */
export function renderMarkdown(text: string): string {
  const html = DOMPurify.sanitize(markdown.render(text), {
    USE_PROFILES: { html: true },
    FORBID_TAGS: ['style', 'form', 'input', 'button', 'textarea', 'select', 'img', 'picture', 'video', 'audio'],
    FORBID_ATTR: ['style', 'class', 'id', 'name'],
    ALLOWED_URI_REGEXP: /^(?:https?|mailto):/i,
    RETURN_TRUSTED_TYPE: true,
  });
  return html as unknown as string;
}
