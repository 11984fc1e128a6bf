// Words and numbers that the text and the page share.

import { grouped, percent } from '@pagelend/lab';
import type { Configuration, Regime } from '../experiment/plan.ts';
import type { RelocationSetup, Spread } from '../experiment/result.ts';

export const configurationWords: Readonly<Record<Configuration, string>> = {
  lent: 'lent by pagelend',
  zram: 'zram inside the guest',
  nbdkit: 'nbdkit, zstd',
  disk: "a file on the host's disk",
  none: 'no swap',
};

export const regimeWords: Readonly<Record<Regime, string>> = {
  clean: 'a fixed amount swapped out',
  pressure: 'plain pressure',
};

const kindWords: Readonly<Record<string, string>> = {
  uml: 'user-mode Linux',
  tcg: 'QEMU with emulated processors',
  kvm: 'QEMU with KVM',
};

export function guestWords({
  guest_kind: kind,
  guest_kernel,
}: Pick<RelocationSetup, 'guest_kind' | 'guest_kernel'>): string {
  return `${kindWords[kind] ?? kind}, Linux ${guest_kernel}`;
}

export function pages(value: number): string {
  return grouped(Math.round(value));
}

export function mebibytes(bytes: number): string {
  return `${grouped(Math.round(bytes / 2 ** 20))} MiB`;
}

export function seconds(value: number): string {
  return value.toFixed(2);
}

/** A percentage with its sign, because it may be either. */
export function signedPercent(value: number): string {
  return `${value > 0 ? '+' : ''}${percent(value / 100)}`;
}

export function signedPages(value: number): string {
  const rounded = Math.round(value);
  return `${rounded > 0 ? '+' : ''}${grouped(rounded)}`;
}

/** `least to most`; nothing where there was one round, or no difference that can be seen. */
export function range({ least, most }: Spread, say: (value: number) => string): string {
  return say(least) === say(most) ? '' : `${say(least)} to ${say(most)}`;
}
