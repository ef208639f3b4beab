import NIOCore

extension Method {
    /// Reads a method frame's payload: class id, method id and arguments.
    ///
    /// - Throws: ``WireError``; ``WireError/unknownMethod(class:method:)`` for ids that stand for no method, and
    ///   ``WireError/trailingBytes(what:count:)`` for bytes after the last argument.
    init(decoding payload: inout ByteBuffer) throws(WireError) {
        let id = MethodID(rawValue: try payload.readAMQPInteger("method id"))
        self = try Method.readArguments(of: id, from: &payload)
        guard payload.readableBytes == 0 else {
            throw .trailingBytes(what: id.description, count: payload.readableBytes)
        }
    }

    /// Writes a method frame's payload: class id, method id and arguments.
    ///
    /// - Throws: ``WireError/tooLarge(what:)`` for a text beyond 255 bytes, and what writing a table throws. Nothing is
    ///   written then.
    func encode(into buffer: inout ByteBuffer) throws(WireError) {
        try buffer.writeAllOrNothing { (buffer) throws(WireError) in
            buffer.writeInteger(id.rawValue)
            try arguments.encodeArguments(into: &buffer)
        }
    }

    private static func readArguments(
        of id: MethodID,
        from buffer: inout ByteBuffer
    ) throws(WireError) -> Method {
        switch id {
        case .connectionStart: .connectionStart(try ConnectionStart(decodingArguments: &buffer))
        case .connectionStartOK: .connectionStartOK(try ConnectionStartOK(decodingArguments: &buffer))
        case .connectionSecure: .connectionSecure(try ConnectionSecure(decodingArguments: &buffer))
        case .connectionSecureOK: .connectionSecureOK(try ConnectionSecureOK(decodingArguments: &buffer))
        case .connectionTune: .connectionTune(try ConnectionTune(decodingArguments: &buffer))
        case .connectionTuneOK: .connectionTuneOK(try ConnectionTuneOK(decodingArguments: &buffer))
        case .connectionOpen: .connectionOpen(try ConnectionOpen(decodingArguments: &buffer))
        case .connectionOpenOK: .connectionOpenOK(try ConnectionOpenOK(decodingArguments: &buffer))
        case .connectionClose: .connectionClose(try ConnectionClose(decodingArguments: &buffer))
        case .connectionCloseOK: .connectionCloseOK(try ConnectionCloseOK(decodingArguments: &buffer))
        case .connectionBlocked: .connectionBlocked(try ConnectionBlocked(decodingArguments: &buffer))
        case .connectionUnblocked: .connectionUnblocked(try ConnectionUnblocked(decodingArguments: &buffer))
        case .connectionUpdateSecret: .connectionUpdateSecret(try ConnectionUpdateSecret(decodingArguments: &buffer))
        case .connectionUpdateSecretOK:
            .connectionUpdateSecretOK(try ConnectionUpdateSecretOK(decodingArguments: &buffer))
        case .channelOpen: .channelOpen(try ChannelOpen(decodingArguments: &buffer))
        case .channelOpenOK: .channelOpenOK(try ChannelOpenOK(decodingArguments: &buffer))
        case .channelFlow: .channelFlow(try ChannelFlow(decodingArguments: &buffer))
        case .channelFlowOK: .channelFlowOK(try ChannelFlowOK(decodingArguments: &buffer))
        case .channelClose: .channelClose(try ChannelClose(decodingArguments: &buffer))
        case .channelCloseOK: .channelCloseOK(try ChannelCloseOK(decodingArguments: &buffer))
        case .exchangeDeclare: .exchangeDeclare(try ExchangeDeclare(decodingArguments: &buffer))
        case .exchangeDeclareOK: .exchangeDeclareOK(try ExchangeDeclareOK(decodingArguments: &buffer))
        case .exchangeDelete: .exchangeDelete(try ExchangeDelete(decodingArguments: &buffer))
        case .exchangeDeleteOK: .exchangeDeleteOK(try ExchangeDeleteOK(decodingArguments: &buffer))
        case .exchangeBind: .exchangeBind(try ExchangeBind(decodingArguments: &buffer))
        case .exchangeBindOK: .exchangeBindOK(try ExchangeBindOK(decodingArguments: &buffer))
        case .exchangeUnbind: .exchangeUnbind(try ExchangeUnbind(decodingArguments: &buffer))
        case .exchangeUnbindOK: .exchangeUnbindOK(try ExchangeUnbindOK(decodingArguments: &buffer))
        case .queueDeclare: .queueDeclare(try QueueDeclare(decodingArguments: &buffer))
        case .queueDeclareOK: .queueDeclareOK(try QueueDeclareOK(decodingArguments: &buffer))
        case .queueBind: .queueBind(try QueueBind(decodingArguments: &buffer))
        case .queueBindOK: .queueBindOK(try QueueBindOK(decodingArguments: &buffer))
        case .queueUnbind: .queueUnbind(try QueueUnbind(decodingArguments: &buffer))
        case .queueUnbindOK: .queueUnbindOK(try QueueUnbindOK(decodingArguments: &buffer))
        case .queuePurge: .queuePurge(try QueuePurge(decodingArguments: &buffer))
        case .queuePurgeOK: .queuePurgeOK(try QueuePurgeOK(decodingArguments: &buffer))
        case .queueDelete: .queueDelete(try QueueDelete(decodingArguments: &buffer))
        case .queueDeleteOK: .queueDeleteOK(try QueueDeleteOK(decodingArguments: &buffer))
        case .basicQos: .basicQos(try BasicQos(decodingArguments: &buffer))
        case .basicQosOK: .basicQosOK(try BasicQosOK(decodingArguments: &buffer))
        case .basicConsume: .basicConsume(try BasicConsume(decodingArguments: &buffer))
        case .basicConsumeOK: .basicConsumeOK(try BasicConsumeOK(decodingArguments: &buffer))
        case .basicCancel: .basicCancel(try BasicCancel(decodingArguments: &buffer))
        case .basicCancelOK: .basicCancelOK(try BasicCancelOK(decodingArguments: &buffer))
        case .basicDeliver: .basicDeliver(try BasicDeliver(decodingArguments: &buffer))
        case .basicPublish: .basicPublish(try BasicPublish(decodingArguments: &buffer))
        case .basicReturn: .basicReturn(try BasicReturn(decodingArguments: &buffer))
        case .basicGet: .basicGet(try BasicGet(decodingArguments: &buffer))
        case .basicGetOK: .basicGetOK(try BasicGetOK(decodingArguments: &buffer))
        case .basicGetEmpty: .basicGetEmpty(try BasicGetEmpty(decodingArguments: &buffer))
        case .basicAck: .basicAck(try BasicAck(decodingArguments: &buffer))
        case .basicReject: .basicReject(try BasicReject(decodingArguments: &buffer))
        case .basicNack: .basicNack(try BasicNack(decodingArguments: &buffer))
        case .basicRecoverAsync: .basicRecoverAsync(try BasicRecoverAsync(decodingArguments: &buffer))
        case .basicRecover: .basicRecover(try BasicRecover(decodingArguments: &buffer))
        case .basicRecoverOK: .basicRecoverOK(try BasicRecoverOK(decodingArguments: &buffer))
        case .confirmSelect: .confirmSelect(try ConfirmSelect(decodingArguments: &buffer))
        case .confirmSelectOK: .confirmSelectOK(try ConfirmSelectOK(decodingArguments: &buffer))
        case .txSelect: .txSelect(try TxSelect(decodingArguments: &buffer))
        case .txSelectOK: .txSelectOK(try TxSelectOK(decodingArguments: &buffer))
        case .txCommit: .txCommit(try TxCommit(decodingArguments: &buffer))
        case .txCommitOK: .txCommitOK(try TxCommitOK(decodingArguments: &buffer))
        case .txRollback: .txRollback(try TxRollback(decodingArguments: &buffer))
        case .txRollbackOK: .txRollbackOK(try TxRollbackOK(decodingArguments: &buffer))
        default: throw .unknownMethod(class: id.classID, method: id.methodID)
        }
    }

    /// The arguments that the method wraps.
    var arguments: any MethodArguments {
        switch self {
        case .connectionStart(let arguments): arguments
        case .connectionStartOK(let arguments): arguments
        case .connectionSecure(let arguments): arguments
        case .connectionSecureOK(let arguments): arguments
        case .connectionTune(let arguments): arguments
        case .connectionTuneOK(let arguments): arguments
        case .connectionOpen(let arguments): arguments
        case .connectionOpenOK(let arguments): arguments
        case .connectionClose(let arguments): arguments
        case .connectionCloseOK(let arguments): arguments
        case .connectionBlocked(let arguments): arguments
        case .connectionUnblocked(let arguments): arguments
        case .connectionUpdateSecret(let arguments): arguments
        case .connectionUpdateSecretOK(let arguments): arguments
        case .channelOpen(let arguments): arguments
        case .channelOpenOK(let arguments): arguments
        case .channelFlow(let arguments): arguments
        case .channelFlowOK(let arguments): arguments
        case .channelClose(let arguments): arguments
        case .channelCloseOK(let arguments): arguments
        case .exchangeDeclare(let arguments): arguments
        case .exchangeDeclareOK(let arguments): arguments
        case .exchangeDelete(let arguments): arguments
        case .exchangeDeleteOK(let arguments): arguments
        case .exchangeBind(let arguments): arguments
        case .exchangeBindOK(let arguments): arguments
        case .exchangeUnbind(let arguments): arguments
        case .exchangeUnbindOK(let arguments): arguments
        case .queueDeclare(let arguments): arguments
        case .queueDeclareOK(let arguments): arguments
        case .queueBind(let arguments): arguments
        case .queueBindOK(let arguments): arguments
        case .queueUnbind(let arguments): arguments
        case .queueUnbindOK(let arguments): arguments
        case .queuePurge(let arguments): arguments
        case .queuePurgeOK(let arguments): arguments
        case .queueDelete(let arguments): arguments
        case .queueDeleteOK(let arguments): arguments
        case .basicQos(let arguments): arguments
        case .basicQosOK(let arguments): arguments
        case .basicConsume(let arguments): arguments
        case .basicConsumeOK(let arguments): arguments
        case .basicCancel(let arguments): arguments
        case .basicCancelOK(let arguments): arguments
        case .basicDeliver(let arguments): arguments
        case .basicPublish(let arguments): arguments
        case .basicReturn(let arguments): arguments
        case .basicGet(let arguments): arguments
        case .basicGetOK(let arguments): arguments
        case .basicGetEmpty(let arguments): arguments
        case .basicAck(let arguments): arguments
        case .basicReject(let arguments): arguments
        case .basicNack(let arguments): arguments
        case .basicRecoverAsync(let arguments): arguments
        case .basicRecover(let arguments): arguments
        case .basicRecoverOK(let arguments): arguments
        case .confirmSelect(let arguments): arguments
        case .confirmSelectOK(let arguments): arguments
        case .txSelect(let arguments): arguments
        case .txSelectOK(let arguments): arguments
        case .txCommit(let arguments): arguments
        case .txCommitOK(let arguments): arguments
        case .txRollback(let arguments): arguments
        case .txRollbackOK(let arguments): arguments
        }
    }
}
