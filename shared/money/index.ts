export { displayAmount, formatAmount, parseAmount } from "./amounts";
export { CURRENCY_CODES, exponentOf, isCurrency, STRIPE_EXPONENTS } from "./currencies";
export {
  add,
  allocate,
  compare,
  divide,
  MAX_AMOUNT_MINOR,
  money,
  multiply,
  subtract,
  type Money,
} from "./money";
export { MoneyError } from "./money-error";
export type { Rounding } from "./rounding";
export { currencyCode, decimalAmountString } from "./schemas";
