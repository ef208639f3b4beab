import BrokerHarness
import HTTPHarness
import RopewayHarness
import Synchronization
import Testing

@Suite("The daemon's door", .serialized, .timeLimit(.minutes(3)))
struct DoorTests {
    @Test("is its socket: who has the API's port hears nothing, stops nothing, and the daemon has the port afterwards")
    func foreignListener() async throws {
        // Given somebody who listens at the API's port and answers for the daemon
        var bench = try await PromotionBench.make()
        let pair = bench.ropeway.pair
        let heard = Mutex<[String]>([])
        let foreign = try ScriptedServer { connection in
            while let request = connection.readRequest() {
                heard.withLock { $0.append(request) }
                connection.answer(
                    #"{"id":"p-1","kind":"planned","site":"dc2","epoch":2,"state":"done"}"#,
                    headers: "X-Ropeway-Pair: \(pair)\r\n"
                )
            }
        }
        bench.ropeway.apiPort = foreign.port
        // When the daemon starts, then it relays, and says where it can't be asked
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.ropeway.untilRunning()
        let ledger = Ledger()
        try await bench.publish(100, of: ledger)
        try await bench.ropeway.untilRelayed(100)
        let listeners = try await bench.ropeway.status().api.elements
        #expect(listeners.map(\.listening.bool) == [true, false])
        #expect(listeners.first?.address.string?.hasSuffix("/\(pair).\(foreign.port).sock") == true)
        #expect(listeners.last?.address.string == "127.0.0.1:\(foreign.port)")
        #expect(listeners.last?.error.code.string == "address-in-use")
        #expect(listeners.last?.error.since.string != nil)
        // And commands change things over the socket, and tell the other one nothing
        #expect(try await bench.ropeway.command("pause", "orders").status == 0)
        try await eventually(within: .seconds(20), "it is paused") {
            try await bench.ropeway.status().routes[0].state.string == "paused"
        }
        #expect(try await bench.ropeway.command("resume", "orders").status == 0)
        #expect(heard.withLock { $0 }.isEmpty)
        // When the other one ends, then the daemon has its port
        foreign.stop()
        try await eventually(within: .seconds(40), "the daemon listens at its port") {
            let listeners = try await bench.ropeway.status().api.elements
            guard listeners.map(\.listening.bool) == [true, true] else { throw HarnessError("\(listeners)") }
            return true
        }
        #expect(try await bench.ropeway.api("/active").status == 200)
        // And it is asked there if told, with the token; nobody elsewhere is an error, no reason to work alone
        let url = "http://127.0.0.1:\(foreign.port)"
        #expect(try await bench.ropeway.command("pause", "orders", "--api", url).status == 0)
        #expect(try await bench.ropeway.command("resume", "orders", "--api", url).status == 0)
        let absent = try await bench.ropeway.command("pause", "orders", "--api", "http://127.0.0.1:1")
        #expect(absent.json.error.code.string == "no-daemon", "\(absent)")
        // And a promotion over the socket loses nothing
        try await bench.ropeway.untilRunning()
        let answer = try await bench.ropeway.promote("dc2")
        #expect(answer.status == 0, "\(answer)")
        #expect(try await bench.account(of: ledger) == .init(distinct: 100))
        #expect(heard.withLock { $0 }.isEmpty)
    }
}
