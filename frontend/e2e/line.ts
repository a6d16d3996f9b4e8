// A line between browsers and the program that carries so many bytes a second, all connections together,
// and takes its time for each: what a telephone in a bad place has.
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

export interface Width {
  /** Bytes a second, each way; Infinity for a fast line. */
  bandwidth: number;
  /** Milliseconds there and back. */
  latency: number;
}

export const fast: Width = { bandwidth: Infinity, latency: 0 };

const tick = 5; // milliseconds between two turns
const packet = 1400; // bytes of one connection in one turn
const window = 48 << 10; // bytes of a connection that may be under way; what is more waits where it came from

interface Under {
  bytes: Buffer;
  due: number;
}

/** One direction of one connection. */
class Way {
  private readonly queue: Under[] = [];
  private waiting = 0;
  private ended = false;

  constructor(
    private readonly from: Socket,
    private readonly to: Socket,
    line: Line,
    private readonly opened: number,
  ) {
    from.on("error", () => undefined); // the other side is told by the end
    from.on("data", (bytes: Buffer) => {
      // The first byte comes after the greeting of the connection itself.
      this.queue.push({ bytes, due: Math.max(Date.now(), this.opened) + line.width.latency / 2 });
      this.waiting += bytes.length;
      if (this.waiting > window) from.pause();
    });
    from.on("close", () => {
      this.ended = true;
    });
  }

  /** Carries at most so many bytes, and returns how many it was. */
  carry(most: number): number {
    const [first] = this.queue;
    if (!first) {
      if (this.ended) this.to.destroy();
      return 0;
    }
    if (first.due > Date.now() || this.to.destroyed) return 0;
    const bytes = first.bytes.subarray(0, most);
    first.bytes = first.bytes.subarray(bytes.length);
    if (first.bytes.length === 0) this.queue.shift();
    this.to.write(bytes);
    this.waiting -= bytes.length;
    if (this.waiting <= window) this.from.resume();
    return bytes.length;
  }

  get over(): boolean {
    return this.to.destroyed || (this.ended && this.queue.length === 0);
  }

  end(): void {
    this.from.destroy();
    this.to.destroy();
  }
}

export class Line {
  width: Width = fast;
  /** Bytes that browsers were sent. */
  carried = 0;
  private readonly ways: { down: Way[]; up: Way[] } = { down: [], up: [] };
  private readonly credit = { down: 0, up: 0 };
  private server: Server | undefined;
  private clock: ReturnType<typeof setInterval> | undefined;
  private last = Date.now();

  /** Opens the line to a port, and returns the port where it begins. */
  async open(port: number): Promise<number> {
    const server = createServer((near) => {
      const far = connect(port, "127.0.0.1");
      const opened = Date.now() + this.width.latency;
      this.ways.up.push(new Way(near, far, this, opened));
      this.ways.down.push(new Way(far, near, this, opened));
    });
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    this.server = server;
    this.clock = setInterval(() => this.turn(), tick);
    return (server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    clearInterval(this.clock);
    for (const way of [...this.ways.up, ...this.ways.down]) way.end();
    await new Promise((closed) => (this.server ? this.server.close(closed) : closed(undefined)));
  }

  /** Carries what there was time for since the last turn, a packet of each connection after the other. */
  private turn(): void {
    const now = Date.now();
    for (const direction of ["down", "up"] as const) {
      const { bandwidth } = this.width;
      const narrow = bandwidth !== Infinity;
      const share = narrow ? packet : window;
      const most = Math.max(packet, bandwidth / 10); // of what was not used before
      let credit = narrow ? Math.min(this.credit[direction] + ((now - this.last) * bandwidth) / 1000, most) : Infinity;
      let carried = 0;
      do {
        carried = 0;
        for (const way of this.ways[direction]) {
          if (credit <= 0) break;
          const bytes = way.carry(Math.ceil(Math.min(share, credit)));
          credit -= bytes;
          carried += bytes;
          if (direction === "down") this.carried += bytes;
        }
        const first = this.ways[direction].shift(); // the next turn begins with another
        if (first) this.ways[direction].push(first);
      } while (carried > 0 && credit > 0);
      this.credit[direction] = narrow ? credit : 0;
      this.ways[direction] = this.ways[direction].filter((way) => !way.over);
    }
    this.last = now;
  }
}
