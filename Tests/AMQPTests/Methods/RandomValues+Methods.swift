@testable import AMQP

extension RandomValues {
    /// One of every method, with random arguments.
    mutating func everyMethod() -> [Method] {
        methodsBeforeBasic() + methodsFromBasic()
    }

    private mutating func methodsBeforeBasic() -> [Method] {
        [
            .connectionStart(
                ConnectionStart(
                    versionMajor: integer(),
                    versionMinor: integer(),
                    serverProperties: table(),
                    mechanisms: text(),
                    locales: text()
                )
            ),
            .connectionStartOK(
                ConnectionStartOK(clientProperties: table(), mechanism: text(), response: bytes(), locale: text())
            ),
            .connectionSecure(ConnectionSecure(challenge: bytes())),
            .connectionSecureOK(ConnectionSecureOK(response: bytes())),
            .connectionTune(ConnectionTune(channelMax: integer(), frameMax: integer(), heartbeat: integer())),
            .connectionTuneOK(ConnectionTuneOK(channelMax: integer(), frameMax: integer(), heartbeat: integer())),
            .connectionOpen(ConnectionOpen(virtualHost: text())),
            .connectionOpenOK(ConnectionOpenOK()),
            .connectionClose(
                ConnectionClose(replyCode: integer(), replyText: text(), classID: integer(), methodID: integer())
            ),
            .connectionCloseOK(ConnectionCloseOK()),
            .connectionBlocked(ConnectionBlocked(reason: text())),
            .connectionUnblocked(ConnectionUnblocked()),
            .connectionUpdateSecret(ConnectionUpdateSecret(newSecret: bytes(), reason: text())),
            .connectionUpdateSecretOK(ConnectionUpdateSecretOK()),
            .channelOpen(ChannelOpen()),
            .channelOpenOK(ChannelOpenOK()),
            .channelFlow(ChannelFlow(active: boolean())),
            .channelFlowOK(ChannelFlowOK(active: boolean())),
            .channelClose(
                ChannelClose(replyCode: integer(), replyText: text(), classID: integer(), methodID: integer())
            ),
            .channelCloseOK(ChannelCloseOK()),
            .exchangeDeclare(
                ExchangeDeclare(
                    exchange: text(),
                    type: text(),
                    passive: boolean(),
                    durable: boolean(),
                    autoDelete: boolean(),
                    internal: boolean(),
                    noWait: boolean(),
                    arguments: table()
                )
            ),
            .exchangeDeclareOK(ExchangeDeclareOK()),
            .exchangeDelete(ExchangeDelete(exchange: text(), ifUnused: boolean(), noWait: boolean())),
            .exchangeDeleteOK(ExchangeDeleteOK()),
            .exchangeBind(
                ExchangeBind(
                    destination: text(),
                    source: text(),
                    routingKey: text(),
                    noWait: boolean(),
                    arguments: table()
                )
            ),
            .exchangeBindOK(ExchangeBindOK()),
            .exchangeUnbind(
                ExchangeUnbind(
                    destination: text(),
                    source: text(),
                    routingKey: text(),
                    noWait: boolean(),
                    arguments: table()
                )
            ),
            .exchangeUnbindOK(ExchangeUnbindOK()),
            .queueDeclare(
                QueueDeclare(
                    queue: text(),
                    passive: boolean(),
                    durable: boolean(),
                    exclusive: boolean(),
                    autoDelete: boolean(),
                    noWait: boolean(),
                    arguments: table()
                )
            ),
            .queueDeclareOK(QueueDeclareOK(queue: text(), messageCount: integer(), consumerCount: integer())),
            .queueBind(
                QueueBind(queue: text(), exchange: text(), routingKey: text(), noWait: boolean(), arguments: table())
            ),
            .queueBindOK(QueueBindOK()),
            .queueUnbind(QueueUnbind(queue: text(), exchange: text(), routingKey: text(), arguments: table())),
            .queueUnbindOK(QueueUnbindOK()),
            .queuePurge(QueuePurge(queue: text(), noWait: boolean())),
            .queuePurgeOK(QueuePurgeOK(messageCount: integer())),
            .queueDelete(QueueDelete(queue: text(), ifUnused: boolean(), ifEmpty: boolean(), noWait: boolean())),
            .queueDeleteOK(QueueDeleteOK(messageCount: integer())),
        ]
    }

    private mutating func methodsFromBasic() -> [Method] {
        [
            .basicQos(BasicQos(prefetchSize: integer(), prefetchCount: integer(), global: boolean())),
            .basicQosOK(BasicQosOK()),
            .basicConsume(
                BasicConsume(
                    queue: text(),
                    consumerTag: text(),
                    noLocal: boolean(),
                    noAck: boolean(),
                    exclusive: boolean(),
                    noWait: boolean(),
                    arguments: table()
                )
            ),
            .basicConsumeOK(BasicConsumeOK(consumerTag: text())),
            .basicCancel(BasicCancel(consumerTag: text(), noWait: boolean())),
            .basicCancelOK(BasicCancelOK(consumerTag: text())),
            .basicDeliver(
                BasicDeliver(
                    consumerTag: text(),
                    deliveryTag: integer(),
                    redelivered: boolean(),
                    exchange: text(),
                    routingKey: text()
                )
            ),
            .basicPublish(
                BasicPublish(exchange: text(), routingKey: text(), mandatory: boolean(), immediate: boolean())
            ),
            .basicReturn(BasicReturn(replyCode: integer(), replyText: text(), exchange: text(), routingKey: text())),
            .basicGet(BasicGet(queue: text(), noAck: boolean())),
            .basicGetOK(
                BasicGetOK(
                    deliveryTag: integer(),
                    redelivered: boolean(),
                    exchange: text(),
                    routingKey: text(),
                    messageCount: integer()
                )
            ),
            .basicGetEmpty(BasicGetEmpty()),
            .basicAck(BasicAck(deliveryTag: integer(), multiple: boolean())),
            .basicReject(BasicReject(deliveryTag: integer(), requeue: boolean())),
            .basicNack(BasicNack(deliveryTag: integer(), multiple: boolean(), requeue: boolean())),
            .basicRecoverAsync(BasicRecoverAsync(requeue: boolean())),
            .basicRecover(BasicRecover(requeue: boolean())),
            .basicRecoverOK(BasicRecoverOK()),
            .confirmSelect(ConfirmSelect(noWait: boolean())),
            .confirmSelectOK(ConfirmSelectOK()),
            .txSelect(TxSelect()),
            .txSelectOK(TxSelectOK()),
            .txCommit(TxCommit()),
            .txCommitOK(TxCommitOK()),
            .txRollback(TxRollback()),
            .txRollbackOK(TxRollbackOK()),
        ]
    }
}
