import { randomUUID } from "node:crypto";
import type { AddressInfo } from "node:net";
import type { ServiceBroker } from "moleculer";
import { SMTPServer } from "smtp-server";
import type { EventType, PayloadOf, ResultOf } from "../../../shared/contracts";
import type { EventEnvelope, Position } from "../../../shared/contracts/contract";

const EPOCH = randomUUID();

/** A received mail, with its body decoded. */
export interface ReceivedMail {
  to: string[];
  headers: string;
  subject: string;
  messageId: string;
  body: string;
}

/** A real SMTP server that stores mails and can refuse them. */
export interface Mailbox {
  url: string;
  mails: ReceivedMail[];
  /** while set: the answer that refuses every recipient */
  refuseWith: string | undefined;
  /** the code of that answer */
  refuseCode: number;
  /** while set: the server waits for it after the final dot of the mails to these recipients */
  slowFor: { recipients: string[]; until: Promise<void> } | undefined;
  /** how many mails have come up to the final dot, accepted or not */
  arrived: number;
  close: () => Promise<void>;
}

export async function openMailbox(port = 0): Promise<Mailbox> {
  const mailbox: Mailbox = {
    url: "",
    mails: [],
    refuseWith: undefined,
    refuseCode: 450,
    slowFor: undefined,
    arrived: 0,
    close: () => Promise.resolve(),
  };
  const server = new SMTPServer({
    disabledCommands: ["STARTTLS", "AUTH"],
    onRcptTo(_address, _session, done) {
      done(
        mailbox.refuseWith === undefined
          ? null
          : Object.assign(new Error(mailbox.refuseWith), { responseCode: mailbox.refuseCode }),
      );
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        const recipients = session.envelope.rcptTo.map(({ address }) => address);
        const { slowFor } = mailbox;
        mailbox.arrived += 1;
        const isSlow = slowFor?.recipients.some((each) => recipients.includes(each));
        const accept = async (): Promise<void> => {
          if (isSlow) await slowFor?.until;
          mailbox.mails.push(parse(Buffer.concat(chunks).toString("utf8"), recipients));
          done();
        };
        void accept();
      });
    },
  });
  server.on("error", () => {});
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  mailbox.url = `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
  mailbox.close = () => new Promise((resolve) => server.close(resolve));
  return mailbox;
}

function parse(raw: string, to: string[]): ReceivedMail {
  const [head = "", ...rest] = raw.split("\r\n\r\n");
  const headers = head.replaceAll(/\r\n[ \t]+/g, " ");
  const headerOf = (name: string) => new RegExp(`^${name}: (.*)$`, "im").exec(headers)?.[1] ?? "";
  const quotedPrintable = headerOf("Content-Transfer-Encoding") === "quoted-printable";
  const body = rest.join("\n\n").replaceAll("\r\n", "\n");
  return {
    to,
    headers,
    subject: headerOf("Subject"),
    messageId: headerOf("Message-ID"),
    body: quotedPrintable
      ? body
          .replaceAll("=\n", "")
          .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
      : body,
  };
}

/** A fake of a service that others read: its feed is what the test writes. */
export class FakeFeed {
  readonly #events: EventEnvelope[] = [];

  say<Type extends EventType>(type: Type, ...payloads: PayloadOf<Type>[]): void {
    for (const payload of payloads) {
      const seq = this.#events.length + 1;
      const occurred_at = "2026-01-31T09:00:00.000Z";
      this.#events.push({ xid: "1", seq, id: randomUUID(), type, subject_id: "it", payload, occurred_at });
    }
  }

  page({
    after,
    types,
    limit,
  }: {
    after: Position;
    types?: string[];
    limit: number;
  }): ResultOf<"invoicing.events"> {
    const rows = this.#events.slice(after.seq, after.seq + limit);
    const last = rows.at(-1);
    return {
      events: rows.filter(({ type }) => types === undefined || types.includes(type)),
      next: last === undefined ? after : { epoch: EPOCH, xid: last.xid, seq: last.seq, id: last.id },
      at_head: rows.length < limit,
      head: { xid: "1", seq: this.#events.length },
      horizon: "2",
    };
  }

  /** Adds the fake service to a broker: its feed, and other actions if given. */
  async serve(
    broker: ServiceBroker,
    name: string,
    actions: Record<string, (params: never) => unknown> = {},
  ): Promise<void> {
    const all = { events: (params: never) => this.page(params), ...actions };
    broker.createService({
      name,
      actions: Object.fromEntries(
        Object.entries(all).map(([action, answer]) => [
          action,
          (ctx: { params: unknown }) => answer(ctx.params as never),
        ]),
      ),
    });
    await broker.waitForServices(name);
  }
}
