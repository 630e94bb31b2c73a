/** Servers count by one: an id that is so far above the lowest one that is missing is of another kind of counting. */
const MOST_AHEAD = 1000;

/**
 * The ids of the posts of a channel that nobody else uses. The server counts them from 0 (HEC-30), or from 1. A server
 * that was restarted, or another one, counts anew, and may give an id that is open to a post whose answer has not come.
 * It has then given all lower ids to posts of this channel before. Each of these ids has come twice, which shows that
 * it counts anew, or belongs to a post without an answer. So an id is of one post alone if it is higher than the number
 * of posts without an answer, and no id has come twice.
 */
export class AckIds {
  #posts = 0;
  #unanswered = 0;
  /** All ids below have come. 0 does not count: some servers do not give it. */
  #low = 1;
  readonly #above = new Set<number>();
  #isRegular = true;

  /** A post is under way. */
  sent(): void {
    this.#posts += 1;
    this.#unanswered += 1;
  }

  /** The outcome of a post is known, so that no id was lost. */
  answered(): void {
    this.#unanswered -= 1;
  }

  /**
   * Takes the id of a post.
   * @returns false if another post had it: the server counts anew
   */
  add(id: number): boolean {
    if (!this.#isRegular || id === 0) return true;
    const isNew = id >= this.#low && !this.#above.has(id);
    this.#isRegular = isNew && id <= this.#posts && id < this.#low + MOST_AHEAD;
    if (!this.#isRegular) return isNew;
    this.#above.add(id);
    while (this.#above.delete(this.#low)) this.#low += 1;
    return true;
  }

  /** Whether no other post can have the id. */
  isUnique(id: number): boolean {
    return this.#isRegular && id > this.#unanswered;
  }
}
