import ErrorCodes

/// What an operator asks for.
package struct PromotionOrder: Sendable, Hashable {
    /// Unique for ever: of the operation, should one come of it.
    package var id: String
    /// The site that becomes active.
    package var site: String
    /// Whether nothing of the other site is needed.
    package var kind: PairRecord.OperationKind
    /// The epoch that the operator believes in; another one refuses the promotion.
    package var expectedEpoch: Int?
    /// How long a planned promotion may take until its point of no return.
    package var timeout: Duration
    /// Only check.
    package var isDryRun: Bool
    /// Whether it goes on over gaps that nobody has acknowledged.
    package var acceptsGap: Bool
    /// What the promotion works on, for the record.
    package var plan: PairRecord.Plan
    /// When the link to the other site was lost, if that is known: for a forced promotion.
    package var cut: PairRecord.Cut
    /// What a forced one would lose and repeat, by what was known when it was ordered.
    package var forecast: PairRecord.Forecast?
    /// What was accepted of that.
    package var consent: PairRecord.Consent?
    /// Why a forced one that would be begun is held instead, until a person accepts the loss; `nil`: it is not.
    package var hold: OperationFault?

    package init(
        id: String,
        site: String,
        kind: PairRecord.OperationKind,
        expectedEpoch: Int? = nil,
        timeout: Duration = .seconds(60),
        isDryRun: Bool = false,
        acceptsGap: Bool = false,
        plan: PairRecord.Plan = PairRecord.Plan(routes: []),
        cut: PairRecord.Cut = .atCommit,
        forecast: PairRecord.Forecast? = nil,
        consent: PairRecord.Consent? = nil,
        hold: OperationFault? = nil
    ) {
        self.id = id
        self.site = site
        self.kind = kind
        self.expectedEpoch = expectedEpoch
        self.timeout = timeout
        self.isDryRun = isDryRun
        self.acceptsGap = acceptsGap
        self.plan = plan
        self.cut = cut
        self.forecast = forecast
        self.consent = consent
        self.hold = hold
    }
}

/// How an order is answered at once.
package enum OrderAnswer: Sendable, Hashable {
    /// The operation of this id carries it out.
    case accepted(id: String)
    /// The site is active already.
    case alreadyActive(PairRecord)
    case refused(OperationFault)
}

/// Why an operation was not begun, or how it failed.
package struct OperationFault: Error, Sendable, Hashable {
    package var kind: ErrorKind
    package var code: ErrorCode
    package var message: String
    package var hint: String

    package init(_ kind: ErrorKind, code: ErrorCode, message: String, hint: String) {
        self.kind = kind
        self.code = code
        self.message = message
        self.hint = hint
    }
}
