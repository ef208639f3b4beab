/// `exchange.declare`. Creates an exchange, or checks that it exists with these settings.
struct ExchangeDeclare: MethodArguments {
    /// The exchange's name.
    var exchange = ""
    /// The exchange's type, such as `topic`.
    var type = "direct"
    /// Whether to only ask if it exists.
    var passive = false
    /// Whether it survives a restart of the server.
    var durable = false
    /// Whether it is deleted after its last use.
    var autoDelete = false
    /// Whether clients may not publish to it.
    var `internal` = false
    /// Whether the server sends no answer if all is well.
    var noWait = false
    /// Arguments beyond the protocol's own, such as `alternate-exchange`.
    var arguments: FieldTable = [:]

    mutating func code(with coder: inout some ArgumentCoder) throws(WireError) {
        try coder.reserved(UInt16.self)
        try coder.shortString(&exchange)
        try coder.shortString(&type)
        try coder.bit(&passive)
        try coder.bit(&durable)
        try coder.bit(&autoDelete)
        try coder.bit(&`internal`)
        try coder.bit(&noWait)
        try coder.table(&arguments)
    }
}

/// `exchange.declare-ok`. The exchange exists.
struct ExchangeDeclareOK: MethodArguments {}

/// `exchange.delete`. Deletes an exchange.
struct ExchangeDelete: MethodArguments {
    /// The exchange's name.
    var exchange = ""
    /// Whether to refuse if something is bound to it.
    var ifUnused = false
    /// Whether the server sends no answer if all is well.
    var noWait = false

    mutating func code(with coder: inout some ArgumentCoder) throws(WireError) {
        try coder.reserved(UInt16.self)
        try coder.shortString(&exchange)
        try coder.bit(&ifUnused)
        try coder.bit(&noWait)
    }
}

/// `exchange.delete-ok`. The exchange is gone.
struct ExchangeDeleteOK: MethodArguments {}

/// `exchange.bind`. Binds an exchange to another one.
struct ExchangeBind: MethodArguments {
    /// The exchange that gets the messages.
    var destination = ""
    /// The exchange that the messages come from.
    var source = ""
    /// The routing key.
    var routingKey = ""
    /// Whether the server sends no answer if all is well.
    var noWait = false
    /// What a headers exchange matches on.
    var arguments: FieldTable = [:]

    mutating func code(with coder: inout some ArgumentCoder) throws(WireError) {
        try coder.reserved(UInt16.self)
        try coder.shortString(&destination)
        try coder.shortString(&source)
        try coder.shortString(&routingKey)
        try coder.bit(&noWait)
        try coder.table(&arguments)
    }
}

/// `exchange.bind-ok`. The binding exists.
struct ExchangeBindOK: MethodArguments {}

/// `exchange.unbind`. Removes a binding between two exchanges.
struct ExchangeUnbind: MethodArguments {
    /// The exchange that gets the messages.
    var destination = ""
    /// The exchange that the messages come from.
    var source = ""
    /// The routing key.
    var routingKey = ""
    /// Whether the server sends no answer if all is well.
    var noWait = false
    /// What a headers exchange matches on.
    var arguments: FieldTable = [:]

    mutating func code(with coder: inout some ArgumentCoder) throws(WireError) {
        try coder.reserved(UInt16.self)
        try coder.shortString(&destination)
        try coder.shortString(&source)
        try coder.shortString(&routingKey)
        try coder.bit(&noWait)
        try coder.table(&arguments)
    }
}

/// `exchange.unbind-ok`. The binding is gone.
struct ExchangeUnbindOK: MethodArguments {}
