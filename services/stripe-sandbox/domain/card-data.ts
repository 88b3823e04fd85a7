import type { Decline } from "./test-cards";

/** A card as a form sends it. Months count from 1; years have four or two digits (2034 or 34). */
export interface CardData {
  number: string;
  exp_month: number;
  exp_year: number;
  cvc?: string | undefined;
}

const CENTURY = 2000;

/** Whether the number's check digit is right (Luhn, ISO/IEC 7812-1 annex B). */
export function passesLuhn(number: string): boolean {
  const sum = Array.from(number)
    .reverse()
    .reduce((total, character, index) => {
      const digit = Number(character);
      const doubled = index % 2 === 1 ? digit * 2 : digit;
      return total + (doubled > 9 ? doubled - 9 : doubled);
    }, 0);
  return sum % 10 === 0;
}

/** The number without the spaces and dashes that people type. */
export function digitsOf(number: string): string {
  return number.replace(/[\s-]/g, "");
}

/** A year as four digits. */
export function fullYear(year: number): number {
  return year < 100 ? CENTURY + year : year;
}

/**
 * What is wrong with a card before any bank is asked, or null.
 * @param nowMs the time, in ms since 1970; a card is valid until its month ends (UTC)
 */
export function defectOf(card: CardData, nowMs: number): Decline | null {
  const number = digitsOf(card.number);
  if (!/^\d{12,19}$/.test(number)) {
    return {
      code: "invalid_number",
      message: "The card number is not a valid credit card number.",
      param: "number",
    };
  }
  if (!passesLuhn(number)) {
    return { code: "incorrect_number", message: "Your card number is incorrect.", param: "number" };
  }
  if (card.exp_month < 1 || card.exp_month > 12) {
    return {
      code: "invalid_expiry_month",
      message: "Your card's expiration month is invalid.",
      param: "exp_month",
    };
  }
  // Date.UTC counts months from 0, so exp_month is the month after: the first moment that is too late.
  if (nowMs >= Date.UTC(fullYear(card.exp_year), card.exp_month)) {
    return {
      code: "invalid_expiry_year",
      message: "Your card's expiration year is invalid.",
      param: "exp_year",
    };
  }
  if (card.cvc !== undefined && !/^\d{3,4}$/.test(card.cvc)) {
    return { code: "invalid_cvc", message: "Your card's security code is invalid.", param: "cvc" };
  }
  return null;
}
