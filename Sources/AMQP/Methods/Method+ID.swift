extension Method {
    /// The class id and method id.
    var id: MethodID {
        switch self {
        case .connectionStart: .connectionStart
        case .connectionStartOK: .connectionStartOK
        case .connectionSecure: .connectionSecure
        case .connectionSecureOK: .connectionSecureOK
        case .connectionTune: .connectionTune
        case .connectionTuneOK: .connectionTuneOK
        case .connectionOpen: .connectionOpen
        case .connectionOpenOK: .connectionOpenOK
        case .connectionClose: .connectionClose
        case .connectionCloseOK: .connectionCloseOK
        case .connectionBlocked: .connectionBlocked
        case .connectionUnblocked: .connectionUnblocked
        case .connectionUpdateSecret: .connectionUpdateSecret
        case .connectionUpdateSecretOK: .connectionUpdateSecretOK
        case .channelOpen: .channelOpen
        case .channelOpenOK: .channelOpenOK
        case .channelFlow: .channelFlow
        case .channelFlowOK: .channelFlowOK
        case .channelClose: .channelClose
        case .channelCloseOK: .channelCloseOK
        case .exchangeDeclare: .exchangeDeclare
        case .exchangeDeclareOK: .exchangeDeclareOK
        case .exchangeDelete: .exchangeDelete
        case .exchangeDeleteOK: .exchangeDeleteOK
        case .exchangeBind: .exchangeBind
        case .exchangeBindOK: .exchangeBindOK
        case .exchangeUnbind: .exchangeUnbind
        case .exchangeUnbindOK: .exchangeUnbindOK
        case .queueDeclare: .queueDeclare
        case .queueDeclareOK: .queueDeclareOK
        case .queueBind: .queueBind
        case .queueBindOK: .queueBindOK
        case .queueUnbind: .queueUnbind
        case .queueUnbindOK: .queueUnbindOK
        case .queuePurge: .queuePurge
        case .queuePurgeOK: .queuePurgeOK
        case .queueDelete: .queueDelete
        case .queueDeleteOK: .queueDeleteOK
        case .basicQos: .basicQos
        case .basicQosOK: .basicQosOK
        case .basicConsume: .basicConsume
        case .basicConsumeOK: .basicConsumeOK
        case .basicCancel: .basicCancel
        case .basicCancelOK: .basicCancelOK
        case .basicDeliver: .basicDeliver
        case .basicPublish: .basicPublish
        case .basicReturn: .basicReturn
        case .basicGet: .basicGet
        case .basicGetOK: .basicGetOK
        case .basicGetEmpty: .basicGetEmpty
        case .basicAck: .basicAck
        case .basicReject: .basicReject
        case .basicNack: .basicNack
        case .basicRecoverAsync: .basicRecoverAsync
        case .basicRecover: .basicRecover
        case .basicRecoverOK: .basicRecoverOK
        case .confirmSelect: .confirmSelect
        case .confirmSelectOK: .confirmSelectOK
        case .txSelect: .txSelect
        case .txSelectOK: .txSelectOK
        case .txCommit: .txCommit
        case .txCommitOK: .txCommitOK
        case .txRollback: .txRollback
        case .txRollbackOK: .txRollbackOK
        }
    }

    /// Whether the method is followed by a content: a content header frame, and body frames unless the body is empty.
    var hasContent: Bool { id.hasContent }
}
