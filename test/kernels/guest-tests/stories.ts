/** What the kernel does to both sockets of a connection in each story of workload.py, in order, as any attachment must tell it. */
type Story = { readonly client: readonly string[]; readonly server: readonly string[] };

const CONNECTED = ["CLOSE>SYN_SENT", "open connect", "SYN_SENT>ESTABLISHED"];
const ARRIVED = ["LISTEN>SYN_RECV", "SYN_RECV>ESTABLISHED"];
const ACCEPTED = [...ARRIVED, "open accept"];
const CLOSED_FIRST = [
  ...CONNECTED,
  "let go",
  "ESTABLISHED>FIN_WAIT1",
  "FIN_WAIT1>FIN_WAIT2",
  "FIN_WAIT2>CLOSE",
  "destroyed",
];
const CLOSED_SECOND = [
  ...ACCEPTED,
  "ESTABLISHED>CLOSE_WAIT",
  "read",
  "let go",
  "CLOSE_WAIT>LAST_ACK",
  "LAST_ACK>CLOSE",
  "destroyed",
];
const SHUT_FIRST = [
  ...CONNECTED,
  "shutdown write",
  "ESTABLISHED>FIN_WAIT1",
  "FIN_WAIT1>FIN_WAIT2",
  "FIN_WAIT2>CLOSE",
  "let go",
  "destroyed",
];

export const STORIES: Readonly<Record<string, Story>> = {
  closed: { client: CLOSED_FIRST, server: CLOSED_SECOND },
  shut: {
    client: SHUT_FIRST,
    server: [
      ...ACCEPTED,
      "ESTABLISHED>CLOSE_WAIT",
      "read",
      "shutdown write",
      "CLOSE_WAIT>LAST_ACK",
      "LAST_ACK>CLOSE",
      "let go",
      "destroyed",
    ],
  },
  reset: {
    client: [...CONNECTED, "let go", "ESTABLISHED>CLOSE", "destroyed"],
    server: [...ACCEPTED, "ESTABLISHED>CLOSE", "let go", "destroyed"],
  },
  refused: { client: ["CLOSE>SYN_SENT", "open connect", "SYN_SENT>CLOSE", "let go", "destroyed"], server: [] },
  exited: { client: CLOSED_FIRST.map((step) => (step === "let go" ? "let go by exit" : step)), server: CLOSED_SECOND },
  abandoned: {
    client: SHUT_FIRST,
    server: [...ARRIVED, "ESTABLISHED>CLOSE_WAIT", "CLOSE_WAIT>CLOSE", "destroyed"],
  },
};
