import { contracts, type Producer } from "../../contracts";

/** The services that produce and consume events. */
export const SERVICES = Object.keys(contracts) as Producer[];
