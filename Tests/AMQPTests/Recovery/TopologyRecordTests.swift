import Testing

@testable import AMQP

@Suite("What is to be declared again")
struct TopologyRecordTests {
    private static func names(_ record: TopologyRecord) -> [String] {
        record.declarations().map { declaration in
            switch declaration {
            case .exchange(let declare): "exchange \(declare.exchange)"
            case .queue(let declare, let name): "queue \(name)\(declare.queue.isEmpty ? " of the broker" : "")"
            }
        }
    }

    private static func arrows(_ record: TopologyRecord) -> [String] {
        record.bindings().map { binding in
            switch binding {
            case .queue(let bind): "\(bind.exchange) -\(bind.routingKey)> \(bind.queue)"
            case .exchange(let bind): "\(bind.source) -\(bind.routingKey)> \(bind.destination)"
            }
        }
    }

    @Test("given declarations, when they are repeated, then each stands once, in the order of the first time")
    func order() {
        var record = TopologyRecord()
        #expect(record.isEmpty)
        for _ in 0..<2 {
            record.declared(ExchangeDeclare(exchange: "b", type: "topic"))
            record.declared(QueueDeclare(queue: "q"), as: "q")
            record.declared(ExchangeDeclare(exchange: "a", type: "fanout"))
            record.bound(QueueBind(queue: "q", exchange: "b", routingKey: "2"))
            record.bound(QueueBind(queue: "q", exchange: "b", routingKey: "1"))
            record.bound(ExchangeBind(destination: "b", source: "a"))
        }
        #expect(Self.names(record) == ["exchange b", "queue q", "exchange a"])
        #expect(Self.arrows(record) == ["b -2> q", "b -1> q", "a -> b"])
        // The same name with other arguments is what was declared last
        record.declared(QueueDeclare(queue: "q", arguments: ["x-max-length": 1]), as: "q")
        guard case .queue(let declare, _) = record.declarations()[1] else {
            Issue.record("no queue")
            return
        }
        #expect(declare.arguments["x-max-length"] == 1)
    }

    @Test("given what was only looked at, or is always there, then it is left out")
    func leftOut() {
        var record = TopologyRecord()
        record.declared(ExchangeDeclare(exchange: "x", type: "topic", passive: true))
        record.declared(ExchangeDeclare(exchange: "amq.topic", type: "topic"))
        record.declared(ExchangeDeclare(exchange: "", type: "direct"))
        record.declared(QueueDeclare(queue: "q", passive: true), as: "q")
        #expect(record.isEmpty)
        // Bindings of what others declared are ours
        record.bound(QueueBind(queue: "q", exchange: "amq.topic", routingKey: "k"))
        #expect(Self.arrows(record) == ["amq.topic -k> q"])
    }

    @Test("given a queue that the broker named, when it gets another name, then both names mean it")
    func renaming() {
        var record = TopologyRecord()
        record.declared(QueueDeclare(queue: "", exclusive: true), as: "gen-1")
        record.bound(QueueBind(queue: "gen-1", exchange: "x", routingKey: "a"))
        record.renamed("gen-1", to: "gen-2")
        #expect(record.presentName("gen-1") == "gen-2" && record.presentName("gen-2") == "gen-2")
        #expect(record.originalName("gen-2") == "gen-1" && record.originalName("other") == "other")
        record.bound(QueueBind(queue: "gen-2", exchange: "x", routingKey: "b"))
        #expect(Self.arrows(record) == ["x -a> gen-2", "x -b> gen-2"])
        record.renamed("gen-1", to: "gen-3")
        #expect(Self.arrows(record) == ["x -a> gen-3", "x -b> gen-3"])
        #expect(Self.names(record) == ["queue gen-1 of the broker"])
        record.unbound(QueueUnbind(queue: "gen-3", exchange: "x", routingKey: "a"))
        record.unbound(QueueUnbind(queue: "gen-1", exchange: "x", routingKey: "b"))
        #expect(record.bindings().isEmpty)
        record.deletedQueue("gen-3")
        #expect(record.isEmpty)
    }

    @Test("given bindings, when an end of them is deleted or they are taken away, then they are gone")
    func deletion() {
        var record = TopologyRecord()
        for exchange in ["a", "b"] { record.declared(ExchangeDeclare(exchange: exchange, type: "topic")) }
        record.declared(QueueDeclare(queue: "q"), as: "q")
        record.bound(QueueBind(queue: "q", exchange: "a", routingKey: "k", arguments: ["n": 1]))
        record.bound(QueueBind(queue: "q", exchange: "b"))
        record.bound(ExchangeBind(destination: "b", source: "a", routingKey: "k"))
        // What differs in a part is another binding
        record.unbound(QueueUnbind(queue: "q", exchange: "a", routingKey: "k"))
        record.unbound(ExchangeUnbind(destination: "b", source: "a", routingKey: "other"))
        #expect(record.bindings().count == 3)
        record.unbound(QueueUnbind(queue: "q", exchange: "a", routingKey: "k", arguments: ["n": 1]))
        record.deletedExchange("b")
        #expect(record.bindings().isEmpty)
        record.bound(QueueBind(queue: "q", exchange: "a"))
        record.deletedQueue("q")
        #expect(Self.names(record) == ["exchange a"] && record.bindings().isEmpty)
    }

    @Test("given auto-delete exchanges in a row, when the last binding goes, then all of them go")
    func autoDeleteExchanges() {
        var record = TopologyRecord()
        record.declared(ExchangeDeclare(exchange: "first", type: "topic", autoDelete: true))
        record.declared(ExchangeDeclare(exchange: "second", type: "topic", autoDelete: true))
        record.declared(QueueDeclare(queue: "q"), as: "q")
        record.bound(ExchangeBind(destination: "second", source: "first"))
        record.bound(QueueBind(queue: "q", exchange: "second", routingKey: "1"))
        record.bound(QueueBind(queue: "q", exchange: "second", routingKey: "2"))
        record.unbound(QueueUnbind(queue: "q", exchange: "second", routingKey: "1"))
        #expect(record.declarations().count == 3)
        record.unbound(QueueUnbind(queue: "q", exchange: "second", routingKey: "2"))
        #expect(Self.names(record) == ["queue q"] && record.bindings().isEmpty)
    }

    @Test("given an auto-delete queue, when its last consumer ends, then it goes, and not before")
    func autoDeleteQueue() {
        var record = TopologyRecord()
        record.declared(QueueDeclare(queue: "", autoDelete: true), as: "gen-1")
        record.declared(QueueDeclare(queue: "kept"), as: "kept")
        record.bound(QueueBind(queue: "gen-1", exchange: "x"))
        record.consumerEnded("gen-1")
        record.consumerStarted("gen-1")
        record.renamed("gen-1", to: "gen-2")
        record.consumerStarted("gen-2")
        record.consumerEnded("gen-1")
        #expect(record.declarations().count == 2)
        record.consumerEnded("gen-2")
        record.consumerStarted("kept")
        record.consumerEnded("kept")
        #expect(Self.names(record) == ["queue kept"] && record.bindings().isEmpty)
    }
}

extension TopologyRecord {
    fileprivate var isEmpty: Bool { declarations().isEmpty && bindings().isEmpty }
}
