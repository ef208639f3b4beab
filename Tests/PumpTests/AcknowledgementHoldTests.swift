import NIOCore
import PeerHarness
import SeededRandomness
import Testing

@testable import AMQP
@testable import Pump

@Suite("What a queue is told only once it is written down")
struct AcknowledgementHoldTests {
    @Test("is counted once, singly or with others")
    func counted() {
        let hold = AcknowledgementHold()
        hold.begin(nil)
        #expect(hold.take() == nil)
        // Given some behind a hole, then all up to one of them
        hold.settle(3)
        hold.settle(5)
        hold.settle(upTo: 4)
        let first = hold.take()
        #expect(first?.singles == [3, 5] && first?.upTo == 4 && first?.count == 5)
        // When the rest follows
        hold.settle(upTo: 7)
        hold.settle(upTo: 7)
        hold.settle(6)
        let second = hold.take()
        #expect(second?.singles == [] && second?.upTo == 7 && second?.count == 2)
        #expect(hold.take() == nil)
    }

    @Test("is as much as was settled, in whatever order", arguments: 1...20)
    func random(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let hold = AcknowledgementHold()
        hold.begin(nil)
        var settled = Set<UInt64>()
        var highest: UInt64 = 0
        var count: UInt64 = 0
        for _ in 0..<200 {
            let tag = highest + 1 + random.next() % 20
            if random.next() % 3 == 0 {
                hold.settle(upTo: tag)
                highest = tag
                settled.formUnion(1...tag)
            } else if settled.insert(tag).inserted {
                hold.settle(tag)
            }
            if random.next() % 4 == 0 { count += hold.take()?.count ?? 0 }
        }
        count += hold.take()?.count ?? 0
        #expect(count == UInt64(settled.count))
    }

    @Test("reaches the queue when it is told, and not before; what a session left is forgotten with it")
    func told() throws {
        let peer = try ScriptedPeer()
        try peer.shakeHands()
        let lane = try peer.openLane()
        let hold = AcknowledgementHold()
        let source = AMQPQueueSource(lane, consumerTag: "c", hold: hold)
        // When messages are settled
        source.settle(upTo: 4)
        source.flush()
        // Then the peer hears of it once that is told
        let acknowledged = {
            try peer.takeFrames().compactMap { frame -> String? in
                guard frame.channel == lane.number, case .basicAck(let ack) = frame.method else { return nil }
                return "\(ack.deliveryTag)\(ack.multiple ? " and before" : "")"
            }
        }
        #expect(try acknowledged().isEmpty && hold.told == 0)
        let batch = try #require(hold.take())
        #expect(try acknowledged().isEmpty)
        hold.tell(batch)
        #expect(try acknowledged() == ["4 and before"] && hold.told == 4)
        // When another session begins while some are held
        source.settle(6)
        hold.begin(nil)
        #expect(hold.take() == nil && hold.told == 4)
    }
}
