export { displayAmount, formatAmount, MAX_AMOUNT_MINOR, parseAmount } from "./amounts";
export { cardMinimum, exponentOf, isCurrency, STRIPE_EXPONENTS } from "./currencies";
export { MoneyError } from "./money-error";
export { currencyCode, decimalAmountString, sentAmount } from "./schemas";
export { allocate, share } from "./shares";
