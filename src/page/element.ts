/** Elements, made so that no text can become markup. */
type Props = { readonly className?: string; readonly text?: string; readonly title?: string };

export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  { className, text, title }: Props = {},
  ...children: Node[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  if (className !== undefined) made.className = className;
  if (text !== undefined) made.textContent = text;
  if (title !== undefined) made.title = title;
  made.append(...children);
  return made;
}

/** A colour of the style sheet, as it is now: light or dark. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
