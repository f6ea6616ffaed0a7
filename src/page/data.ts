/** The data behind the page: gzip in base64, so that 20,000 sockets stay small and no byte of them can be markup. */
import type { PageData } from "../report/html/page-data.ts";

export async function readData(): Promise<PageData> {
  const text = document.getElementById("data")?.textContent ?? "";
  const bytes = Uint8Array.from(atob(text.trim()), (char) => char.charCodeAt(0));
  const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(plain).text()) as PageData;
}
