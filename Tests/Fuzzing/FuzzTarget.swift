/// What can be fuzzed. The name of a case is the name of its corpus folder, and what `Scripts/fuzz` takes.
package enum FuzzTarget: String, CaseIterable, Sendable {
    /// ``InboundDecoder``: any cut of the same bytes gives the same.
    case frames
    /// ``ContentAssembler``: what is put together is what was announced and sent.
    case content
    /// Method arguments and field tables: what was decoded encodes to what decodes to the same.
    case methods
    /// ``PropertyLayout`` and ``PropertyRewriter``: splicing gives what decoding, editing and encoding gives.
    case properties
    /// ``EnvelopeTransform`` and ``ReplayTransform``: a replay restores what was relayed.
    case transforms
    /// ``ConnectionHandler`` with its channels: whatever a broker sends, everybody who waits gets an answer.
    case connection
    /// ``ConfirmLedger``: it agrees with ``NaiveLedger``.
    case ledger
    /// A session of a pump: nothing is acknowledged that was not confirmed.
    case pump
    /// ``FrameReader`` and ``BrokerFrame`` of the stream protocol: any cut of the same bytes gives the same.
    case streamFrames
    /// ``Chunk``: entries, runs and what is published of them tell the same.
    case chunks
    /// ``EntryReader`` and ``EntryWriter``: what is written comes back, and what is read can be written.
    case entries
    /// ``StreamConnectionHandler``: whatever a broker sends, everybody who waits gets an answer.
    case streamConnection

    /// Runs one input.
    ///
    /// - Throws: ``FuzzFinding`` where something does not hold. A trap is a find as well.
    package func run(_ bytes: [UInt8]) throws(FuzzFinding) {
        var input = FuzzInput(bytes)
        switch self {
        case .frames: try FrameFuzzing.run(&input)
        case .content: try ContentFuzzing.run(&input)
        case .methods: try MethodFuzzing.run(&input)
        case .properties: try PropertyFuzzing.run(&input)
        case .transforms: try TransformFuzzing.run(&input)
        case .connection: try ConnectionFuzzing.run(&input)
        case .ledger: try LedgerFuzzing.run(&input)
        case .pump: try PumpFuzzing.run(&input)
        case .streamFrames: try StreamFrameFuzzing.run(&input)
        case .chunks: try ChunkFuzzing.run(&input)
        case .entries: try EntryFuzzing.run(&input)
        case .streamConnection: try StreamConnectionFuzzing.run(&input)
        }
    }
}
