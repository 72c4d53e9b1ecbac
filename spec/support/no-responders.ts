/**
 * The status that a requester gets where its request has no receiver, as nats-server 2.15 sends it; without the last
 * line end, as peers read frames.
 */
export function noResponders(reply: string, sid: string | number, subject: string): string {
  const headers = `NATS/1.0 503\r\nNats-Subject: ${subject}\r\n\r\n`;
  return `HMSG ${reply} ${sid} ${headers.length} ${headers.length}\r\n${headers}`;
}
