// What is sent again makes nothing twice: a body keeps its Idempotency-Key until another one is sent.

/** Return a function: the headers of a body, the same ones while the body is the same. */
export function idempotencyKeys() {
  let last = null;
  let key = null;
  return (body) => {
    const text = JSON.stringify(body);
    if (text !== last) [last, key] = [text, crypto.randomUUID?.() || `${Date.now()}-${Math.random()}`];
    return { "Idempotency-Key": key };
  };
}
