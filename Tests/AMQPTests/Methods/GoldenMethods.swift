@testable import AMQP

/// Methods and their payloads, which another AMQP library has encoded, as hexadecimal digits.
enum GoldenMethods {
    static let all: [(method: Method, payload: String)] = beforeBasic + fromBasic

    private static let beforeBasic: [(method: Method, payload: String)] = [
        (
            .connectionStart(
                ConnectionStart(
                    versionMajor: 1,
                    versionMinor: 2,
                    serverProperties: ["x-key": "v", "flag": true],
                    mechanisms: "mechanisms-é",
                    locales: "locales-é"
                )
            ),
            "000a000a01020000001305782d6b657953000000017604666c616774010000000d6d656368616e69736d732dc3"
                + "a90000000a6c6f63616c65732dc3a9"
        ),
        (
            .connectionStartOK(
                ConnectionStartOK(
                    clientProperties: ["x-key": "v", "flag": true],
                    mechanism: "mechanism-é",
                    response: Array("response".utf8),
                    locale: "locale-é"
                )
            ),
            "000a000b0000001305782d6b657953000000017604666c616774010c6d656368616e69736d2dc3a90000000872"
                + "6573706f6e7365096c6f63616c652dc3a9"
        ),
        (.connectionSecure(ConnectionSecure(challenge: Array("challenge".utf8))), "000a0014000000096368616c6c656e6765"),
        (.connectionSecureOK(ConnectionSecureOK(response: Array("response".utf8))), "000a001500000008726573706f6e7365"),
        (
            .connectionTune(ConnectionTune(channelMax: 0x0103, frameMax: 0x0102_0306, heartbeat: 0x0105)),
            "000a001e0103010203060105"
        ),
        (
            .connectionTuneOK(ConnectionTuneOK(channelMax: 0x0103, frameMax: 0x0102_0306, heartbeat: 0x0105)),
            "000a001f0103010203060105"
        ),
        (.connectionOpen(ConnectionOpen(virtualHost: "virtualHost-é")), "000a00280e7669727475616c486f73742dc3a90000"),
        (.connectionOpenOK(ConnectionOpenOK()), "000a002900"),
        (
            .connectionClose(
                ConnectionClose(replyCode: 0x0103, replyText: "replyText-é", classID: 0x0105, methodID: 0x0106)
            ), "000a003201030c7265706c79546578742dc3a901050106"
        ),
        (.connectionCloseOK(ConnectionCloseOK()), "000a0033"),
        (.connectionBlocked(ConnectionBlocked(reason: "reason-é")), "000a003c09726561736f6e2dc3a9"),
        (.connectionUnblocked(ConnectionUnblocked()), "000a003d"),
        (
            .connectionUpdateSecret(ConnectionUpdateSecret(newSecret: Array("newSecret".utf8), reason: "reason-é")),
            "000a0046000000096e657753656372657409726561736f6e2dc3a9"
        ),
        (.connectionUpdateSecretOK(ConnectionUpdateSecretOK()), "000a0047"),
        (.channelOpen(ChannelOpen()), "0014000a00"),
        (.channelOpenOK(ChannelOpenOK()), "0014000b00000000"),
        (.channelFlow(ChannelFlow(active: true)), "0014001401"),
        (.channelFlowOK(ChannelFlowOK(active: true)), "0014001501"),
        (
            .channelClose(ChannelClose(replyCode: 0x0103, replyText: "replyText-é", classID: 0x0105, methodID: 0x0106)),
            "0014002801030c7265706c79546578742dc3a901050106"
        ),
        (.channelCloseOK(ChannelCloseOK()), "00140029"),
        (
            .exchangeDeclare(
                ExchangeDeclare(
                    exchange: "exchange-é",
                    type: "type-é",
                    passive: true,
                    durable: false,
                    autoDelete: true,
                    internal: true,
                    noWait: false,
                    arguments: ["x-key": "v", "flag": true]
                )
            ),
            "0028000a00000b65786368616e67652dc3a907747970652dc3a90d0000001305782d6b65795300000001760466" + "6c61677401"
        ),
        (.exchangeDeclareOK(ExchangeDeclareOK()), "0028000b"),
        (
            .exchangeDelete(ExchangeDelete(exchange: "exchange-é", ifUnused: true, noWait: false)),
            "0028001400000b65786368616e67652dc3a901"
        ),
        (.exchangeDeleteOK(ExchangeDeleteOK()), "00280015"),
        (
            .exchangeBind(
                ExchangeBind(
                    destination: "destination-é",
                    source: "source-é",
                    routingKey: "routingKey-é",
                    noWait: true,
                    arguments: ["x-key": "v", "flag": true]
                )
            ),
            "0028001e00000e64657374696e6174696f6e2dc3a909736f757263652dc3a90d726f7574696e674b65792dc3a9"
                + "010000001305782d6b657953000000017604666c61677401"
        ),
        (.exchangeBindOK(ExchangeBindOK()), "0028001f"),
        (
            .exchangeUnbind(
                ExchangeUnbind(
                    destination: "destination-é",
                    source: "source-é",
                    routingKey: "routingKey-é",
                    noWait: true,
                    arguments: ["x-key": "v", "flag": true]
                )
            ),
            "0028002800000e64657374696e6174696f6e2dc3a909736f757263652dc3a90d726f7574696e674b65792dc3a9"
                + "010000001305782d6b657953000000017604666c61677401"
        ),
        (.exchangeUnbindOK(ExchangeUnbindOK()), "00280033"),
        (
            .queueDeclare(
                QueueDeclare(
                    queue: "queue-é",
                    passive: true,
                    durable: false,
                    exclusive: true,
                    autoDelete: true,
                    noWait: false,
                    arguments: ["x-key": "v", "flag": true]
                )
            ), "0032000a00000871756575652dc3a90d0000001305782d6b657953000000017604666c61677401"
        ),
        (
            .queueDeclareOK(QueueDeclareOK(queue: "queue-é", messageCount: 0x0102_0306, consumerCount: 0x0102_0307)),
            "0032000b0871756575652dc3a90102030601020307"
        ),
        (
            .queueBind(
                QueueBind(
                    queue: "queue-é",
                    exchange: "exchange-é",
                    routingKey: "routingKey-é",
                    noWait: true,
                    arguments: ["x-key": "v", "flag": true]
                )
            ),
            "0032001400000871756575652dc3a90b65786368616e67652dc3a90d726f7574696e674b65792dc3a901000000"
                + "1305782d6b657953000000017604666c61677401"
        ),
        (.queueBindOK(QueueBindOK()), "00320015"),
        (
            .queueUnbind(
                QueueUnbind(
                    queue: "queue-é",
                    exchange: "exchange-é",
                    routingKey: "routingKey-é",
                    arguments: ["x-key": "v", "flag": true]
                )
            ),
            "0032003200000871756575652dc3a90b65786368616e67652dc3a90d726f7574696e674b65792dc3a900000013"
                + "05782d6b657953000000017604666c61677401"
        ),
        (.queueUnbindOK(QueueUnbindOK()), "00320033"),
        (.queuePurge(QueuePurge(queue: "queue-é", noWait: true)), "0032001e00000871756575652dc3a901"),
        (.queuePurgeOK(QueuePurgeOK(messageCount: 0x0102_0305)), "0032001f01020305"),
        (
            .queueDelete(QueueDelete(queue: "queue-é", ifUnused: true, ifEmpty: false, noWait: true)),
            "0032002800000871756575652dc3a905"
        ),
        (.queueDeleteOK(QueueDeleteOK(messageCount: 0x0102_0305)), "0032002901020305"),
    ]

    private static let fromBasic: [(method: Method, payload: String)] = [
        (.basicQos(BasicQos(prefetchSize: 0x0102_0305, prefetchCount: 0x0104, global: true)), "003c000a01020305010401"),
        (.basicQosOK(BasicQosOK()), "003c000b"),
        (
            .basicConsume(
                BasicConsume(
                    queue: "queue-é",
                    consumerTag: "consumerTag-é",
                    noLocal: true,
                    noAck: false,
                    exclusive: true,
                    noWait: true,
                    arguments: ["x-key": "v", "flag": true]
                )
            ),
            "003c001400000871756575652dc3a90e636f6e73756d65725461672dc3a90d0000001305782d6b657953000000"
                + "017604666c61677401"
        ),
        (.basicConsumeOK(BasicConsumeOK(consumerTag: "consumerTag-é")), "003c00150e636f6e73756d65725461672dc3a9"),
        (
            .basicCancel(BasicCancel(consumerTag: "consumerTag-é", noWait: true)),
            "003c001e0e636f6e73756d65725461672dc3a901"
        ),
        (.basicCancelOK(BasicCancelOK(consumerTag: "consumerTag-é")), "003c001f0e636f6e73756d65725461672dc3a9"),
        (
            .basicDeliver(
                BasicDeliver(
                    consumerTag: "consumerTag-é",
                    deliveryTag: 0x0102_0304_0506_070a,
                    redelivered: true,
                    exchange: "exchange-é",
                    routingKey: "routingKey-é"
                )
            ),
            "003c003c0e636f6e73756d65725461672dc3a9010203040506070a010b65786368616e67652dc3a90d726f7574"
                + "696e674b65792dc3a9"
        ),
        (
            .basicPublish(
                BasicPublish(exchange: "exchange-é", routingKey: "routingKey-é", mandatory: true, immediate: false)
            ), "003c002800000b65786368616e67652dc3a90d726f7574696e674b65792dc3a901"
        ),
        (
            .basicReturn(
                BasicReturn(
                    replyCode: 0x0103,
                    replyText: "replyText-é",
                    exchange: "exchange-é",
                    routingKey: "routingKey-é"
                )
            ), "003c003201030c7265706c79546578742dc3a90b65786368616e67652dc3a90d726f7574696e674b65792dc3a9"
        ),
        (.basicGet(BasicGet(queue: "queue-é", noAck: true)), "003c004600000871756575652dc3a901"),
        (
            .basicGetOK(
                BasicGetOK(
                    deliveryTag: 0x0102_0304_0506_0709,
                    redelivered: true,
                    exchange: "exchange-é",
                    routingKey: "routingKey-é",
                    messageCount: 0x0102_0309
                )
            ), "003c00470102030405060709010b65786368616e67652dc3a90d726f7574696e674b65792dc3a901020309"
        ),
        (.basicGetEmpty(BasicGetEmpty()), "003c004800"),
        (.basicAck(BasicAck(deliveryTag: 0x0102_0304_0506_0709, multiple: true)), "003c0050010203040506070901"),
        (.basicReject(BasicReject(deliveryTag: 0x0102_0304_0506_0709, requeue: true)), "003c005a010203040506070901"),
        (
            .basicNack(BasicNack(deliveryTag: 0x0102_0304_0506_0709, multiple: true, requeue: false)),
            "003c0078010203040506070901"
        ),
        (.basicRecoverAsync(BasicRecoverAsync(requeue: true)), "003c006401"),
        (.basicRecover(BasicRecover(requeue: true)), "003c006e01"),
        (.basicRecoverOK(BasicRecoverOK()), "003c006f"),
        (.confirmSelect(ConfirmSelect(noWait: true)), "0055000a01"),
        (.confirmSelectOK(ConfirmSelectOK()), "0055000b"),
        (.txSelect(TxSelect()), "005a000a"),
        (.txSelectOK(TxSelectOK()), "005a000b"),
        (.txCommit(TxCommit()), "005a0014"),
        (.txCommitOK(TxCommitOK()), "005a0015"),
        (.txRollback(TxRollback()), "005a001e"),
        (.txRollbackOK(TxRollbackOK()), "005a001f"),
    ]
}
