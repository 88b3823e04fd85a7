/** An amount or currency that cannot be right. The message is for the person who sent it. */
export class MoneyError extends Error {
  override readonly name = "MoneyError";
}
