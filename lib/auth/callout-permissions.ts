import type { PermissionsConfig, SubjectRules } from '../config/shapes.js';
import { ANSWER_SUBJECTS, CALLOUT_SUBJECT } from './callout-request.js';

function denied(rules: SubjectRules = {}, ...subjects: readonly string[]): SubjectRules {
  return { ...rules, deny: [...(rules.deny ?? []), ...subjects] };
}

/**
 * Permissions of a user that a callout has let into an account with a service that decides about logins: it may neither ask
 * that service, as a server does, nor see or answer what servers ask.
 */
export function withoutReserved(rules: PermissionsConfig = {}): PermissionsConfig {
  const subjects = [CALLOUT_SUBJECT, ANSWER_SUBJECTS];
  return {
    ...rules,
    publish: denied(rules.publish, ...subjects),
    subscribe: denied(rules.subscribe, ...subjects),
  };
}

/** Permissions of a user that such a service logs in as: it answers requests, and sends none. */
export function ofCalloutService(rules: PermissionsConfig = {}): PermissionsConfig {
  return { ...rules, publish: denied(rules.publish, CALLOUT_SUBJECT) };
}
