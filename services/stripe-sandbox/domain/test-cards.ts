import { unknownCase } from "./states";

/** Why a card is declined, in the words of https://docs.stripe.com/declines/codes */
export interface Decline {
  code: string;
  declineCode?: string;
  message: string;
  param?: string;
}

export type DisputeKind = "chargeback" | "inquiry";

export interface TestCard {
  number: string;
  /** Ready-made payment methods, usable wherever a payment method's id is. */
  aliases: readonly string[];
  brand: "visa" | "mastercard" | "amex";
  decline?: Decline;
  /** `if_not_set_up`: only until the card is saved with consent. */
  authentication?: "always" | "if_not_set_up";
  /** Declines payments only; saving it works. */
  attaches?: true;
  /** Stopped by fraud rules before the bank is asked. */
  blocked?: true;
  /** Once it has paid, the bank takes the money back, or only asks first. */
  dispute?: DisputeKind;
  /** A refund fails after it had succeeded, or is pending first. */
  refund?: "fails" | "pending";
}

const DECLINED = "Your card was declined.";

const generic: Decline = { code: "card_declined", declineCode: "generic_decline", message: DECLINED };

/** The cards of https://docs.stripe.com/testing that this sandbox knows, by a name of our own. */
export const TEST_CARDS = {
  visa: { number: "4242424242424242", aliases: ["pm_card_visa"], brand: "visa" },
  mastercard: { number: "5555555555554444", aliases: ["pm_card_mastercard"], brand: "mastercard" },
  amex: { number: "378282246310005", aliases: ["pm_card_amex"], brand: "amex" },
  generic_decline: {
    number: "4000000000000002",
    aliases: ["pm_card_visa_chargeDeclined", "pm_card_chargeDeclined"],
    brand: "visa",
    decline: generic,
  },
  insufficient_funds: {
    number: "4000000000009995",
    aliases: ["pm_card_visa_chargeDeclinedInsufficientFunds", "pm_card_chargeDeclinedInsufficientFunds"],
    brand: "visa",
    decline: {
      code: "card_declined",
      declineCode: "insufficient_funds",
      message: "Your card has insufficient funds.",
    },
  },
  lost_card: {
    number: "4000000000009987",
    aliases: ["pm_card_visa_chargeDeclinedLostCard"],
    brand: "visa",
    decline: { code: "card_declined", declineCode: "lost_card", message: DECLINED },
  },
  stolen_card: {
    number: "4000000000009979",
    aliases: ["pm_card_visa_chargeDeclinedStolenCard"],
    brand: "visa",
    decline: { code: "card_declined", declineCode: "stolen_card", message: DECLINED },
  },
  expired_card: {
    number: "4000000000000069",
    aliases: ["pm_card_chargeDeclinedExpiredCard"],
    brand: "visa",
    decline: { code: "expired_card", message: "Your card has expired.", param: "exp_month" },
  },
  incorrect_cvc: {
    number: "4000000000000127",
    aliases: ["pm_card_chargeDeclinedIncorrectCvc"],
    brand: "visa",
    decline: { code: "incorrect_cvc", message: "Your card's security code is incorrect.", param: "cvc" },
  },
  processing_error: {
    number: "4000000000000119",
    aliases: ["pm_card_chargeDeclinedProcessingError"],
    brand: "visa",
    decline: {
      code: "processing_error",
      message: "An error occurred while processing your card. Try again in a little bit.",
    },
  },
  authenticate_unless_set_up: {
    number: "4000002500003155",
    aliases: ["pm_card_authenticationRequiredOnSetup"],
    brand: "visa",
    authentication: "if_not_set_up",
  },
  authenticate_always: {
    number: "4000002760003184",
    aliases: ["pm_card_authenticationRequired"],
    brand: "visa",
    authentication: "always",
  },
  authenticate: {
    number: "4000000000003220",
    aliases: ["pm_card_threeDSecure2Required"],
    brand: "visa",
    authentication: "always",
  },
  authenticate_then_decline: {
    number: "4000008400001629",
    aliases: ["pm_card_threeDSecureRequiredChargeDeclined"],
    brand: "visa",
    authentication: "always",
    decline: generic,
  },
  saves_then_declines: {
    number: "4000000000000341",
    aliases: ["pm_card_chargeCustomerFail"],
    brand: "visa",
    decline: generic,
    attaches: true,
  },
  disputed: {
    number: "4000000000000259",
    aliases: ["pm_card_createDispute"],
    brand: "visa",
    dispute: "chargeback",
  },
  inquired: {
    number: "4000000000001976",
    aliases: ["pm_card_createDisputeInquiry"],
    brand: "visa",
    dispute: "inquiry",
  },
  refund_fails: {
    number: "4000000000005126",
    aliases: ["pm_card_refundFail"],
    brand: "visa",
    refund: "fails",
  },
  refund_pending: {
    number: "4000000000007726",
    aliases: ["pm_card_pendingRefund"],
    brand: "visa",
    refund: "pending",
  },
  blocked: {
    number: "4100000000000019",
    aliases: ["pm_card_radarBlock"],
    brand: "visa",
    decline: { code: "card_declined", declineCode: "fraudulent", message: DECLINED },
    blocked: true,
  },
} as const satisfies Record<string, TestCard>;

/** Any other number: it might be a real card. */
export const UNKNOWN_CARD: TestCard = {
  number: "",
  aliases: [],
  brand: "visa",
  decline: {
    code: "card_declined",
    declineCode: "test_mode_live_card",
    message: "Your card was declined. Your request was in test mode, but used a non test card.",
  },
};

/** The decline of a bank that wants the customer to authenticate. */
export const AUTHENTICATION_REQUIRED: Decline = {
  code: "authentication_required",
  declineCode: "authentication_required",
  message: "Your card was declined. This transaction requires authentication.",
};

const CARDS: ReadonlyMap<string, TestCard> = new Map(Object.entries(TEST_CARDS));

/** The card of that name; anything else counts as a real card and is declined. */
export function cardNamed(name: string): TestCard {
  return CARDS.get(name) ?? UNKNOWN_CARD;
}

/** The name for a number (digits only), "unknown" for a number that is no test card. */
export function nameOfNumber(number: string): string {
  return [...CARDS].find(([, card]) => card.number === number)?.[0] ?? "unknown";
}

/** The name for a ready-made payment method such as `pm_card_visa`. */
export function nameOfAlias(alias: string): string | undefined {
  return [...CARDS].find(([, card]) => card.aliases.includes(alias))?.[0];
}

/** Whether the customer must be asked before this card can be used. */
export function needsAuthentication({ authentication }: TestCard, setUp: boolean): boolean {
  switch (authentication) {
    case "always":
      return true;
    case "if_not_set_up":
      return !setUp;
    case undefined:
      return false;
    default:
      return unknownCase(authentication);
  }
}
