/** The largest frame that is taken; Moleculer's packets are far smaller. */
const MAX_BYTES = 64 * 1024 * 1024;
const HEADER_BYTES = 6;

/** What travels on the console's socket: a packet, and the topic that says what kind it is and for whom. */
export interface Frame {
  topic: string;
  data: Buffer;
}

/** A frame as bytes: its length in four bytes, that of the topic in two, the topic, the data. */
export function encodeFrame({ topic, data }: Frame): Buffer {
  const name = Buffer.from(topic);
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32BE(name.length + data.length, 0);
  header.writeUInt16BE(name.length, 4);
  return Buffer.concat([header, name, data]);
}

/** Makes frames of the chunks that a socket gives. */
export class FrameReader {
  #bytes: Buffer = Buffer.alloc(0);
  /** They follow `#bytes`; joined once a frame is whole, so that a large one costs no more than its size. */
  #later: Buffer[] = [];
  #missing = HEADER_BYTES;

  /** @throws Error for bytes that are no frame */
  push(chunk: Buffer): Frame[] {
    this.#later.push(chunk);
    this.#missing -= chunk.length;
    if (this.#missing > 0) return [];
    this.#bytes = Buffer.concat([this.#bytes, ...this.#later]);
    this.#later = [];
    const frames = this.#takeFrames();
    this.#missing = this.#wanted() - this.#bytes.length;
    return frames;
  }

  /** How many bytes the header and, where it is known, the frame after it have. */
  #wanted(): number {
    return HEADER_BYTES + (this.#bytes.length < HEADER_BYTES ? 0 : this.#bytes.readUInt32BE(0));
  }

  #takeFrames(): Frame[] {
    const frames: Frame[] = [];
    while (this.#bytes.length >= HEADER_BYTES) {
      const size = this.#bytes.readUInt32BE(0);
      const nameSize = this.#bytes.readUInt16BE(4);
      if (size > MAX_BYTES || nameSize > size) throw new Error("these bytes are no frame of a console");
      if (this.#bytes.length < HEADER_BYTES + size) break;
      const body = this.#bytes.subarray(HEADER_BYTES, HEADER_BYTES + size);
      frames.push({ topic: body.toString("utf8", 0, nameSize), data: Buffer.from(body.subarray(nameSize)) });
      this.#bytes = this.#bytes.subarray(HEADER_BYTES + size);
    }
    return frames;
  }
}
