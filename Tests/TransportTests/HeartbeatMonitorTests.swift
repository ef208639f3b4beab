import NIOCore
import Testing

@testable import Transport

@Suite("Heartbeats")
struct HeartbeatMonitorTests {
    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)

    @Test("are sent after half an interval without a write, not before")
    func sends() {
        var monitor = HeartbeatMonitor(interval: .seconds(10), now: start)
        #expect(monitor.period == .seconds(5))
        monitor.didWrite(at: start + .seconds(1))
        #expect(monitor.tick(now: start + .seconds(5), isReading: true) == .none)
        #expect(monitor.tick(now: start + .seconds(6), isReading: true) == .send)
        monitor.didWrite(at: start + .seconds(6))
        #expect(monitor.tick(now: start + .seconds(10), isReading: true) == .none)
    }

    @Test("that do not come for two intervals mean that the peer is gone; any frame counts")
    func givesUp() {
        var monitor = HeartbeatMonitor(interval: .seconds(10), now: start)
        #expect(monitor.tick(now: start + .seconds(20), isReading: true) == .send)
        monitor.didRead(8, endsFrame: true, at: start + .seconds(20))
        #expect(monitor.tick(now: start + .seconds(40), isReading: true) == .send)
        #expect(monitor.tick(now: start + .seconds(40) + .nanoseconds(1), isReading: true) == .giveUp)
    }

    @Test("are not made up for by a few octets of a frame, but by a kilobyte")
    func partOfAFrame() {
        for (octets, action) in [(50, HeartbeatMonitor.Action.giveUp), (52, .send)] {
            var monitor = HeartbeatMonitor(interval: .seconds(10), now: start)
            for second in 1...20 as ClosedRange<Int64> {
                monitor.didRead(octets, endsFrame: false, at: start + .seconds(second))
            }
            #expect(monitor.tick(now: start + .seconds(21), isReading: true) == action, "\(octets) a second")
        }
    }

    @Test("are not missed while this side does not read")
    func paused() {
        var monitor = HeartbeatMonitor(interval: .seconds(10), now: start)
        #expect(monitor.tick(now: start + .seconds(100), isReading: false) == .send)
        #expect(monitor.tick(now: start + .seconds(105), isReading: true) == .send)
        #expect(monitor.tick(now: start + .seconds(121), isReading: true) == .giveUp)
    }
}
