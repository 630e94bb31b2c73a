/** Decides which requests go wrong, and how. */
export class FaultScript<Fault, Request> {
  readonly #hits: (fault: Fault, request: Request) => boolean;
  #queue: Fault[] = [];
  #always: Fault | undefined;
  #every: { readonly n: number; readonly fault: Fault; seen: number } | undefined;
  #injected = 0;

  /** @param hits whether a fault may hit a request */
  constructor(hits: (fault: Fault, request: Request) => boolean) {
    this.#hits = hits;
  }

  /** How many requests went wrong so far. */
  get injected(): number {
    return this.#injected;
  }

  /** Applies `fault` to the next request, or the next few, that it may hit. Several calls queue up. */
  next(fault: Fault, times = 1): this {
    for (let i = 0; i < times; i++) this.#queue.push(fault);
    return this;
  }

  /** Applies a fault to every request, once the queue of {@link next} is empty. */
  always(fault: Fault): this {
    this.#always = fault;
    return this;
  }

  /** Applies `fault` to the `n`th, 2`n`th, … request that it may hit. */
  every(n: number, fault: Fault): this {
    this.#every = { n, fault, seen: 0 };
    return this;
  }

  /** Removes all faults. */
  clear(): this {
    this.#queue = [];
    this.#always = undefined;
    this.#every = undefined;
    return this;
  }

  /** For the server: what is to go wrong with this request. To be called once for each. */
  take(request: Request): Fault | undefined {
    const fault = this.#pick(request);
    if (fault) this.#injected++;
    return fault;
  }

  #pick(request: Request): Fault | undefined {
    const every = this.#every;
    const isDue = every !== undefined && this.#hits(every.fault, request) && ++every.seen % every.n === 0;
    const position = this.#queue.findIndex((fault) => this.#hits(fault, request));
    if (position !== -1) return this.#queue.splice(position, 1)[0];
    if (isDue) return every.fault;
    return this.#always !== undefined && this.#hits(this.#always, request) ? this.#always : undefined;
  }
}
