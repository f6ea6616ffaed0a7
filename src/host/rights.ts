/** What /proc/self/status says this process may do. Bits: include/uapi/linux/capability.h (Linux 6.12). */
export const CAPABILITY_BITS = { netAdmin: 12, sysPtrace: 19, sysAdmin: 21, perfmon: 38, bpf: 39 } as const;

export type CapabilityName = keyof typeof CAPABILITY_BITS;

export type Rights = {
  readonly euid: number | null;
  readonly capabilities: Readonly<Record<CapabilityName, boolean>>;
};

export function parseRights(status: string): Rights {
  const uids = /^Uid:\s+\d+\s+(\d+)/m.exec(status);
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-fA-F]+)/m.exec(status)?.[1] ?? "0"}`);
  const has = (name: CapabilityName) => ((effective >> BigInt(CAPABILITY_BITS[name])) & 1n) === 1n;
  return {
    euid: uids === null ? null : Number(uids[1]),
    capabilities: {
      netAdmin: has("netAdmin"),
      sysPtrace: has("sysPtrace"),
      sysAdmin: has("sysAdmin"),
      perfmon: has("perfmon"),
      bpf: has("bpf"),
    },
  };
}

/** Loading and attaching: CAP_SYS_ADMIN, or since 5.8 the two it was split into. */
export function mayLoadProbes({ capabilities }: Rights): boolean {
  return capabilities.sysAdmin || (capabilities.bpf && capabilities.perfmon);
}
