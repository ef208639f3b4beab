import ControlModel
import NIOCore
import Testing

@testable import ControlAPI

@Suite("Who makes room for whom")
struct ConnectionLedgerTests {
    private static func address(_ text: String) throws -> ClientAddress {
        ClientAddress(try SocketAddress(ipAddress: text, port: 1))
    }

    @Test("Given fewer than may be connected, when another comes, then none makes room")
    func room() throws {
        var ledger = ConnectionLedger(ConnectionLimits(total: 3, perAddress: 2))
        #expect(ledger.admit(try Self.address("10.0.0.1")) == .admitted(id: 1, closing: nil))
        #expect(ledger.admit(try Self.address("10.0.0.1")) == .admitted(id: 2, closing: nil))
        #expect(ledger.admit(try Self.address("10.0.0.2")) == .admitted(id: 3, closing: nil))
        #expect(ledger.count == 3)
    }

    @Test("Given as many as may be connected, when another comes, then the longest idle makes room, and no busy one")
    func longestIdle() throws {
        var ledger = ConnectionLedger(ConnectionLimits(total: 3, perAddress: 3))
        for host in 1...3 { _ = ledger.admit(try Self.address("10.0.0.\(host)")) }
        // The first is busy, and the second was after the third connected.
        ledger.becameBusy(1)
        ledger.becameBusy(2)
        ledger.becameIdle(2)
        #expect(ledger.admit(try Self.address("10.0.0.4")) == .admitted(id: 5, closing: 3))
        #expect(ledger.admit(try Self.address("10.0.0.5")) == .admitted(id: 6, closing: 2))
        #expect(ledger.count == 3)
    }

    @Test("Given as many of one address as may be, when another of it comes, then one of its own makes room")
    func ownAddress() throws {
        var ledger = ConnectionLedger(ConnectionLimits(total: 10, perAddress: 2))
        _ = ledger.admit(try Self.address("10.0.0.9"))
        _ = ledger.admit(try Self.address("10.0.0.1"))
        _ = ledger.admit(try Self.address("10.0.0.1"))
        #expect(ledger.admit(try Self.address("10.0.0.1")) == .admitted(id: 4, closing: 2))
        // And where all of its own are busy, it is refused, while others are not.
        ledger.becameBusy(3)
        ledger.becameBusy(4)
        #expect(ledger.admit(try Self.address("10.0.0.1")) == .refused)
        #expect(ledger.admit(try Self.address("10.0.0.2")) == .admitted(id: 5, closing: nil))
    }

    @Test("Given that all are busy, when another comes, then it is refused, until one is closed")
    func allBusy() throws {
        var ledger = ConnectionLedger(ConnectionLimits(total: 2, perAddress: 2))
        for host in 1...2 {
            guard case .admitted(let id, _) = ledger.admit(try Self.address("10.0.0.\(host)")) else { continue }
            ledger.becameBusy(id)
        }
        #expect(ledger.admit(try Self.address("10.0.0.3")) == .refused)
        ledger.closed(1)
        #expect(ledger.admit(try Self.address("10.0.0.3")) == .admitted(id: 3, closing: nil))
    }

    @Test("Given a connection that made room, when it is still told of, then it does not come back")
    func late() throws {
        var ledger = ConnectionLedger(ConnectionLimits(total: 1, perAddress: 1))
        _ = ledger.admit(try Self.address("10.0.0.1"))
        _ = ledger.admit(try Self.address("10.0.0.1"))
        ledger.becameBusy(1)
        ledger.becameIdle(1)
        ledger.closed(1)
        #expect(ledger.count == 1)
    }

    @Test("Given a thousand idle ones of many addresses, when they come, then no more stay than may")
    func flood() throws {
        var ledger = ConnectionLedger(ConnectionLimits())
        var closed = 0
        for number in 0..<1_000 {
            let admission = ledger.admit(try Self.address("10.0.\(number / 50).1"))
            guard case .admitted(_, let closing) = admission else {
                Issue.record("\(number) was refused")
                return
            }
            closed += closing == nil ? 0 : 1
        }
        #expect(ledger.count == 256)
        #expect(closed == 744)
    }

    @Test("Given addresses, when they are compared, then IPv6 counts by network and a mapped address as what it is")
    func addresses() throws {
        #expect(try Self.address("2001:db8::1") == Self.address("2001:db8::ffff:1"))
        #expect(try Self.address("2001:db8::1") != Self.address("2001:db8:0:1::1"))
        #expect(try Self.address("::ffff:10.0.0.1") == Self.address("10.0.0.1"))
        #expect(try Self.address("10.0.0.1") != Self.address("10.0.0.2"))
        #expect(ClientAddress(nil) == ClientAddress(try SocketAddress(unixDomainSocketPath: "/a")))
    }
}
