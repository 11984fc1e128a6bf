// What shadow copies say of a lease, in the few words that a column has room for: the least memory
// more that would change much, and the policy that would spare most.

import type { LeaseAdviceJson } from '@pagelend/daemon';
import { bytes } from '../text.ts';

/** What is worth saying, in percent; and so many standard errors from nothing. */
const FAULTS_PERCENT_MIN = 10;
const TIME_PERCENT_MIN = 5;
const ERRORS_MIN = 2;

/** Empty where nothing is worth saying, or known. */
export function adviceText(advice: LeaseAdviceJson | undefined): string {
  if (advice === undefined) return '';
  const more = advice.more_memory.find(({ fewer_faults_percent, fewer_faults_error }) =>
    isMuch(fewer_faults_percent, fewer_faults_error, FAULTS_PERCENT_MIN),
  );
  const other = advice.other_policies
    .filter(({ less_device_time_percent, less_device_time_error }) =>
      isMuch(less_device_time_percent, less_device_time_error, TIME_PERCENT_MIN),
    )
    .sort((a, b) => b.less_device_time_percent! - a.less_device_time_percent!)[0];
  return [
    ...(more === undefined
      ? []
      : [`+${bytes(more.bytes)}: ${less(more.fewer_faults_percent!)} faults`]),
    ...(other === undefined
      ? []
      : [`${other.policy}: ${less(other.less_device_time_percent!)} device time`]),
  ].join(', ');
}

function isMuch(percent: number | null, error: number | null, least: number): boolean {
  return percent !== null && percent >= least && percent >= ERRORS_MIN * (error ?? 0);
}

function less(percent: number): string {
  return `-${Math.round(percent)} %`;
}
