import Testing

@testable import AMQP

@Suite("What is declared again")
struct TopologyScopeTests {
    private static let record: TopologyRecord = {
        var record = TopologyRecord()
        record.declared(ExchangeDeclare(exchange: "lasting", type: "fanout", durable: true))
        record.declared(ExchangeDeclare(exchange: "passing", type: "fanout", durable: false))
        record.declared(QueueDeclare(queue: "kept", durable: true), as: "kept")
        record.declared(QueueDeclare(queue: "mine", durable: true, exclusive: true), as: "mine")
        record.declared(QueueDeclare(queue: "brief", durable: true, autoDelete: true), as: "brief")
        record.bound(QueueBind(queue: "kept", exchange: "lasting", routingKey: "1"))
        record.bound(QueueBind(queue: "mine", exchange: "lasting", routingKey: "2"))
        record.bound(QueueBind(queue: "kept", exchange: "passing", routingKey: "3"))
        record.bound(ExchangeBind(destination: "passing", source: "lasting", routingKey: "4"))
        return record
    }()

    private static func names(_ scope: TopologyRecovery) -> [String] {
        record.declarations(scope).map { declaration in
            switch declaration {
            case .exchange(let declare): declare.exchange
            case .queue(_, let name): name
            }
        }
            + record.bindings(scope).map { binding in
                switch binding {
                case .queue(let bind): bind.routingKey
                case .exchange(let bind): bind.routingKey
                }
            }
    }

    @Test("given durable and passing objects, when all is asked for, then all of it, in order")
    func all() {
        #expect(Self.names(.all) == ["lasting", "passing", "kept", "mine", "brief", "1", "2", "3", "4"])
    }

    @Test("when what passes is asked for, then that, and the bindings from and to it")
    func transient() {
        #expect(Self.names(.transient) == ["passing", "mine", "brief", "2", "3", "4"])
    }

    @Test("when nothing is asked for, then nothing")
    func nothing() { #expect(Self.names(.nothing) == []) }

    @Test("when the broker refuses a queue, then it is forgotten and what is bound to it is not")
    func forgotten() throws {
        var record = Self.record
        let kept = try #require(record.declarations().first { if case .queue(_, "kept") = $0 { true } else { false } })
        record.forget(kept)
        #expect(record.declarations().count == 4 && record.bindings().count == 4)
        record.forget(try #require(record.bindings().first))
        #expect(record.bindings().count == 3)
    }
}
