import HTTPClient
import Testing

@testable import Management

/// What a list says has to be what single answers say.
@Suite("Objects that many ask for at the same time", .timeLimit(.minutes(5)))
struct ListedObjectsTests {
    /// What whoever asks for a queue goes by.
    private struct Seen: Hashable {
        var arguments: [String: JSONValue]
        var type: String
        var node: String?
        var members: [String]
        var online: [String]
        var policy: String?
        var definition: [String: JSONValue]?
        var consumers: [QueueDetails.Consumer]

        init?(_ queue: QueueDetails?) {
            guard let queue else { return nil }
            (arguments, type, node) = (queue.totals.arguments, queue.totals.type, queue.totals.node)
            (members, online) = (queue.members, queue.online)
            (policy, definition, consumers) = (queue.policy, queue.effectivePolicyDefinition, queue.consumerDetails)
        }
    }

    @Test("are told in a list as one by one, and one that is not there is not told")
    func alike() async throws {
        try await Broker.with { (broker, host) async throws in
            let names = (0..<40).map { "ropeway.p.\($0)" }
            for (index, name) in names.enumerated() {
                let type = index.isMultiple(of: 8) ? "quorum" : "classic"
                let arguments = #"{"x-queue-type":"\#(type)","x-ropeway-incarnation":"\#(index)"}"#
                try await broker.declareQueue(name, in: host, #"{"durable":true,"arguments":\#(arguments)}"#)
                try await broker.api.putExchange(name, virtualHost: host, type: "fanout", isInternal: index == 3)
                try await broker.api.putBinding(
                    from: name,
                    to: name,
                    .queue,
                    virtualHost: host,
                    routingKey: "k\(index)"
                )
            }
            try await broker.api.putPolicy(
                Policy(
                    virtualHost: host,
                    name: "some",
                    pattern: "^ropeway\\.p\\.1",
                    appliesTo: "queues",
                    definition: ["max-length": 5]
                )
            )
            let gathering = broker.api.gathering(in: host)
            let view = try await gathering.view(queues: names.count, exchanges: names.count)
            #expect(!view.isEmpty)
            let together = try await Self.all(names + ["ropeway.absent"], gathering, host)
            for name in names {
                let alone = Seen(try await broker.api.queue(name, virtualHost: host))
                #expect(alone != nil)
                #expect(Seen(together[name] ?? nil) == alone)
                #expect(view.queue(name).map { Seen($0) } == .some(alone))
                let exchange = try await broker.api.exchange(name, virtualHost: host)
                #expect(exchange != nil && view.exchange(name) == exchange)
                let bindings = try await broker.api.bindings(fromExchange: name, virtualHost: host)
                #expect(bindings.count == 1 && view.bindings(fromExchange: name) == bindings)
                let incoming = try await broker.api.bindings(toQueue: name, virtualHost: host)
                #expect(Set(view.bindings(toQueue: name) ?? []) == Set(incoming))
            }
            #expect(together["ropeway.absent"] == .some(nil))
            #expect(view.queue("ropeway.absent") == .some(nil))
            #expect(view.queue("of an application") == nil)
            #expect(view.exchange("absent") == nil)
            #expect(view.bindings(fromExchange: "absent") == [])
        }
    }

    private static func all(
        _ names: [String],
        _ api: ManagementAPI,
        _ host: String
    ) async throws -> [String: QueueDetails?] {
        try await withThrowingTaskGroup(of: (String, QueueDetails?).self) { group in
            for name in names { group.addTask { (name, try await api.queue(name, virtualHost: host)) } }
            var found: [String: QueueDetails?] = [:]
            for try await (name, queue) in group { found[name] = .some(queue) }
            return found
        }
    }
}
