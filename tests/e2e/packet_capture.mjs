// What somebody sees who reads a link: a gate that keeps every byte that passes, each direction of each connection by itself, so that
// packets cut nothing in two. On loopback it is plain HTTP, which is what a proxy sees that ends TLS.
import { Gate } from './tcp_gate.mjs';

export class PacketCapture extends Gate {
  flows = [];  // per direction of a connection, in the order in which they began: the pieces as they came

  pump(from, to) {
    const flow = [];
    this.flows.push(flow);
    from.on('data', (piece) => flow.push(piece));
    super.pump(from, to);
  }

  bytes() {
    return Buffer.concat(this.flows.flat());
  }
}
