extension MethodID {
    /// `connection.start`, 10.10.
    static let connectionStart = MethodID(classID: 10, methodID: 10)
    /// `connection.start-ok`, 10.11.
    static let connectionStartOK = MethodID(classID: 10, methodID: 11)
    /// `connection.secure`, 10.20.
    static let connectionSecure = MethodID(classID: 10, methodID: 20)
    /// `connection.secure-ok`, 10.21.
    static let connectionSecureOK = MethodID(classID: 10, methodID: 21)
    /// `connection.tune`, 10.30.
    static let connectionTune = MethodID(classID: 10, methodID: 30)
    /// `connection.tune-ok`, 10.31.
    static let connectionTuneOK = MethodID(classID: 10, methodID: 31)
    /// `connection.open`, 10.40.
    static let connectionOpen = MethodID(classID: 10, methodID: 40)
    /// `connection.open-ok`, 10.41.
    static let connectionOpenOK = MethodID(classID: 10, methodID: 41)
    /// `connection.close`, 10.50.
    static let connectionClose = MethodID(classID: 10, methodID: 50)
    /// `connection.close-ok`, 10.51.
    static let connectionCloseOK = MethodID(classID: 10, methodID: 51)
    /// `connection.blocked`, 10.60.
    static let connectionBlocked = MethodID(classID: 10, methodID: 60)
    /// `connection.unblocked`, 10.61.
    static let connectionUnblocked = MethodID(classID: 10, methodID: 61)
    /// `connection.update-secret`, 10.70.
    static let connectionUpdateSecret = MethodID(classID: 10, methodID: 70)
    /// `connection.update-secret-ok`, 10.71.
    static let connectionUpdateSecretOK = MethodID(classID: 10, methodID: 71)
    /// `channel.open`, 20.10.
    static let channelOpen = MethodID(classID: 20, methodID: 10)
    /// `channel.open-ok`, 20.11.
    static let channelOpenOK = MethodID(classID: 20, methodID: 11)
    /// `channel.flow`, 20.20.
    static let channelFlow = MethodID(classID: 20, methodID: 20)
    /// `channel.flow-ok`, 20.21.
    static let channelFlowOK = MethodID(classID: 20, methodID: 21)
    /// `channel.close`, 20.40.
    static let channelClose = MethodID(classID: 20, methodID: 40)
    /// `channel.close-ok`, 20.41.
    static let channelCloseOK = MethodID(classID: 20, methodID: 41)
    /// `exchange.declare`, 40.10.
    static let exchangeDeclare = MethodID(classID: 40, methodID: 10)
    /// `exchange.declare-ok`, 40.11.
    static let exchangeDeclareOK = MethodID(classID: 40, methodID: 11)
    /// `exchange.delete`, 40.20.
    static let exchangeDelete = MethodID(classID: 40, methodID: 20)
    /// `exchange.delete-ok`, 40.21.
    static let exchangeDeleteOK = MethodID(classID: 40, methodID: 21)
    /// `exchange.bind`, 40.30.
    static let exchangeBind = MethodID(classID: 40, methodID: 30)
    /// `exchange.bind-ok`, 40.31.
    static let exchangeBindOK = MethodID(classID: 40, methodID: 31)
    /// `exchange.unbind`, 40.40.
    static let exchangeUnbind = MethodID(classID: 40, methodID: 40)
    /// `exchange.unbind-ok`, 40.51.
    static let exchangeUnbindOK = MethodID(classID: 40, methodID: 51)
    /// `queue.declare`, 50.10.
    static let queueDeclare = MethodID(classID: 50, methodID: 10)
    /// `queue.declare-ok`, 50.11.
    static let queueDeclareOK = MethodID(classID: 50, methodID: 11)
    /// `queue.bind`, 50.20.
    static let queueBind = MethodID(classID: 50, methodID: 20)
    /// `queue.bind-ok`, 50.21.
    static let queueBindOK = MethodID(classID: 50, methodID: 21)
    /// `queue.unbind`, 50.50.
    static let queueUnbind = MethodID(classID: 50, methodID: 50)
    /// `queue.unbind-ok`, 50.51.
    static let queueUnbindOK = MethodID(classID: 50, methodID: 51)
    /// `queue.purge`, 50.30.
    static let queuePurge = MethodID(classID: 50, methodID: 30)
    /// `queue.purge-ok`, 50.31.
    static let queuePurgeOK = MethodID(classID: 50, methodID: 31)
    /// `queue.delete`, 50.40.
    static let queueDelete = MethodID(classID: 50, methodID: 40)
    /// `queue.delete-ok`, 50.41.
    static let queueDeleteOK = MethodID(classID: 50, methodID: 41)
    /// `basic.qos`, 60.10.
    static let basicQos = MethodID(classID: 60, methodID: 10)
    /// `basic.qos-ok`, 60.11.
    static let basicQosOK = MethodID(classID: 60, methodID: 11)
    /// `basic.consume`, 60.20.
    static let basicConsume = MethodID(classID: 60, methodID: 20)
    /// `basic.consume-ok`, 60.21.
    static let basicConsumeOK = MethodID(classID: 60, methodID: 21)
    /// `basic.cancel`, 60.30.
    static let basicCancel = MethodID(classID: 60, methodID: 30)
    /// `basic.cancel-ok`, 60.31.
    static let basicCancelOK = MethodID(classID: 60, methodID: 31)
    /// `basic.deliver`, 60.60.
    static let basicDeliver = MethodID(classID: 60, methodID: 60)
    /// `basic.publish`, 60.40.
    static let basicPublish = MethodID(classID: 60, methodID: 40)
    /// `basic.return`, 60.50.
    static let basicReturn = MethodID(classID: 60, methodID: 50)
    /// `basic.get`, 60.70.
    static let basicGet = MethodID(classID: 60, methodID: 70)
    /// `basic.get-ok`, 60.71.
    static let basicGetOK = MethodID(classID: 60, methodID: 71)
    /// `basic.get-empty`, 60.72.
    static let basicGetEmpty = MethodID(classID: 60, methodID: 72)
    /// `basic.ack`, 60.80.
    static let basicAck = MethodID(classID: 60, methodID: 80)
    /// `basic.reject`, 60.90.
    static let basicReject = MethodID(classID: 60, methodID: 90)
    /// `basic.nack`, 60.120.
    static let basicNack = MethodID(classID: 60, methodID: 120)
    /// `basic.recover-async`, 60.100.
    static let basicRecoverAsync = MethodID(classID: 60, methodID: 100)
    /// `basic.recover`, 60.110.
    static let basicRecover = MethodID(classID: 60, methodID: 110)
    /// `basic.recover-ok`, 60.111.
    static let basicRecoverOK = MethodID(classID: 60, methodID: 111)
    /// `confirm.select`, 85.10.
    static let confirmSelect = MethodID(classID: 85, methodID: 10)
    /// `confirm.select-ok`, 85.11.
    static let confirmSelectOK = MethodID(classID: 85, methodID: 11)
    /// `tx.select`, 90.10.
    static let txSelect = MethodID(classID: 90, methodID: 10)
    /// `tx.select-ok`, 90.11.
    static let txSelectOK = MethodID(classID: 90, methodID: 11)
    /// `tx.commit`, 90.20.
    static let txCommit = MethodID(classID: 90, methodID: 20)
    /// `tx.commit-ok`, 90.21.
    static let txCommitOK = MethodID(classID: 90, methodID: 21)
    /// `tx.rollback`, 90.30.
    static let txRollback = MethodID(classID: 90, methodID: 30)
    /// `tx.rollback-ok`, 90.31.
    static let txRollbackOK = MethodID(classID: 90, methodID: 31)
}

extension MethodID: CustomStringConvertible {
    /// The name that the protocol gives the method, such as `basic.deliver`; the two numbers if it knows none.
    var description: String {
        switch self {
        case .connectionStart: "connection.start"
        case .connectionStartOK: "connection.start-ok"
        case .connectionSecure: "connection.secure"
        case .connectionSecureOK: "connection.secure-ok"
        case .connectionTune: "connection.tune"
        case .connectionTuneOK: "connection.tune-ok"
        case .connectionOpen: "connection.open"
        case .connectionOpenOK: "connection.open-ok"
        case .connectionClose: "connection.close"
        case .connectionCloseOK: "connection.close-ok"
        case .connectionBlocked: "connection.blocked"
        case .connectionUnblocked: "connection.unblocked"
        case .connectionUpdateSecret: "connection.update-secret"
        case .connectionUpdateSecretOK: "connection.update-secret-ok"
        case .channelOpen: "channel.open"
        case .channelOpenOK: "channel.open-ok"
        case .channelFlow: "channel.flow"
        case .channelFlowOK: "channel.flow-ok"
        case .channelClose: "channel.close"
        case .channelCloseOK: "channel.close-ok"
        case .exchangeDeclare: "exchange.declare"
        case .exchangeDeclareOK: "exchange.declare-ok"
        case .exchangeDelete: "exchange.delete"
        case .exchangeDeleteOK: "exchange.delete-ok"
        case .exchangeBind: "exchange.bind"
        case .exchangeBindOK: "exchange.bind-ok"
        case .exchangeUnbind: "exchange.unbind"
        case .exchangeUnbindOK: "exchange.unbind-ok"
        case .queueDeclare: "queue.declare"
        case .queueDeclareOK: "queue.declare-ok"
        case .queueBind: "queue.bind"
        case .queueBindOK: "queue.bind-ok"
        case .queueUnbind: "queue.unbind"
        case .queueUnbindOK: "queue.unbind-ok"
        case .queuePurge: "queue.purge"
        case .queuePurgeOK: "queue.purge-ok"
        case .queueDelete: "queue.delete"
        case .queueDeleteOK: "queue.delete-ok"
        case .basicQos: "basic.qos"
        case .basicQosOK: "basic.qos-ok"
        case .basicConsume: "basic.consume"
        case .basicConsumeOK: "basic.consume-ok"
        case .basicCancel: "basic.cancel"
        case .basicCancelOK: "basic.cancel-ok"
        case .basicDeliver: "basic.deliver"
        case .basicPublish: "basic.publish"
        case .basicReturn: "basic.return"
        case .basicGet: "basic.get"
        case .basicGetOK: "basic.get-ok"
        case .basicGetEmpty: "basic.get-empty"
        case .basicAck: "basic.ack"
        case .basicReject: "basic.reject"
        case .basicNack: "basic.nack"
        case .basicRecoverAsync: "basic.recover-async"
        case .basicRecover: "basic.recover"
        case .basicRecoverOK: "basic.recover-ok"
        case .confirmSelect: "confirm.select"
        case .confirmSelectOK: "confirm.select-ok"
        case .txSelect: "tx.select"
        case .txSelectOK: "tx.select-ok"
        case .txCommit: "tx.commit"
        case .txCommitOK: "tx.commit-ok"
        case .txRollback: "tx.rollback"
        case .txRollbackOK: "tx.rollback-ok"
        default: "\(classID).\(methodID)"
        }
    }
}
