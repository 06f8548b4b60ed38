// Asking the hotline: one way to send a request, one kind of error, whatever went wrong.

export interface FieldError {
  where?: string;
  field?: string;
  what?: string;
  zh?: string;
}

/** A problem document (RFC 9457) as the server writes it; `code` names the kind for good. */
export interface ProblemDocument {
  title: string;
  status: number;
  detail: string;
  code?: string;
  args?: Record<string, string | number>;
  rule?: string;
  article?: string;
  errors?: FieldError[];
  /** Of something that somebody else changed meanwhile: how it stands now. */
  current?: unknown;
}

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly problem: ProblemDocument,
  ) {
    super(problem.detail || problem.title);
  }
}

/** Status of a request that never reached the server. */
export const UNREACHED = 0;
const PATIENCE_MS = 20_000;

export type Query = Record<string, string | number | boolean | null | undefined>;

let relogin: (() => Promise<void>) | null = null;

/** Called when a session has expired: resolves once somebody has logged in again, so that nothing typed is lost. */
export function onExpired(handler: () => Promise<void>): void {
  relogin = handler;
}

export const get = <T>(path: string, query?: Query): Promise<T> => ask<T>("GET", withQuery(path, query));
export const post = <T>(path: string, body?: unknown): Promise<T> => ask<T>("POST", path, body ?? {});
export const put = <T>(path: string, body: unknown): Promise<T> => ask<T>("PUT", path, body);
export const patch = <T>(path: string, body: unknown): Promise<T> => ask<T>("PATCH", path, body);
export const remove = <T>(path: string): Promise<T> => ask<T>("DELETE", path);

export function withQuery(path: string, query: Query = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "");
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return text ? `${path}?${text}` : path;
}

/** One request. Raises ApiError; a session that has expired is renewed in place and the request sent again. */
export async function ask<T>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<T> {
  const response = await sent(method, path, body, headers);
  if (response.status === 401 && relogin && path !== "/api/login") {
    await relogin();
    return ask<T>(method, path, body, headers);
  }
  if (!response.ok) throw new ApiError(response.status, await problemOf(response));
  return (response.status === 204 ? null : await response.json()) as T;
}

async function sent(method: string, path: string, body: unknown, also: Record<string, string>): Promise<Response> {
  const form = body instanceof FormData;
  try {
    return await fetch(path, {
      method,
      headers: body === undefined || form ? also : { "Content-Type": "application/json", ...also },
      body: body === undefined ? undefined : form ? body : JSON.stringify(body),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
  } catch {
    throw new ApiError(UNREACHED, { title: "unreached", status: UNREACHED, detail: "", code: "unreached" });
  }
}

async function problemOf(response: Response): Promise<ProblemDocument> {
  try {
    return (await response.json()) as ProblemDocument;
  } catch {
    return { title: response.statusText, status: response.status, detail: "" };
  }
}
