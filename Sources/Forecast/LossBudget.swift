/// What a forced promotion may lose without a person's consent. A bound that is `nil` does not hold it up.
package struct LossBudget: Sendable, Hashable {
    package var messages: Int?
    /// Messages of the last so many seconds.
    package var seconds: Double?
    /// How old the evidence may have been, in seconds, when the link was lost.
    package var evidenceAge: Double?

    package init(messages: Int? = nil, seconds: Double? = nil, evidenceAge: Double? = nil) {
        self.messages = messages
        self.seconds = seconds
        self.evidenceAge = evidenceAge
    }

    /// What a promotion now would lose, at most; `nil` is unknown.
    package struct Figures: Sendable, Hashable {
        package var messages: Int?
        package var seconds: Double?
        package var evidenceAge: Double?
        /// Why ``messages`` is what it is.
        package var reason: String

        package init(messages: Int?, seconds: Double?, evidenceAge: Double?, reason: String) {
            self.messages = messages
            self.seconds = seconds
            self.evidenceAge = evidenceAge
            self.reason = reason
        }
    }

    /// What a person accepts to lose.
    package enum Consent: Sendable, Hashable {
        case upTo(Int)
        /// Whatever it is, also what nobody knows.
        case any

        /// Whether it accepts what may be lost. A number accepts nothing that is not known.
        package func covers(_ figures: Figures) -> Bool {
            switch self {
            case .any: true
            case .upTo(let most): figures.messages.map { $0 <= most } ?? false
            }
        }
    }

    /// What holds a promotion up, in words; empty: nothing does.
    package func objections(to figures: Figures) -> [String] {
        var found: [String] = []
        if let messages {
            if let lost = figures.messages {
                if lost > messages {
                    found.append("up to \(lost) messages may be lost, and loss-messages is \(messages)")
                }
            } else {
                found.append("how many messages would be lost is not known (\(figures.reason))")
            }
        }
        if let seconds {
            if let lost = figures.seconds {
                if lost > seconds {
                    found.append(
                        "what may be lost is up to \(Self.text(lost)) s old, and loss is \(Self.text(seconds)) s"
                    )
                }
            } else {
                found.append("how old what would be lost is, is not known")
            }
        }
        if let evidenceAge {
            if let age = figures.evidenceAge {
                if age > evidenceAge {
                    found.append(
                        "the evidence was \(Self.text(age)) s old, and evidence-age is \(Self.text(evidenceAge)) s"
                    )
                }
            } else {
                found.append("there is no evidence of what would be lost")
            }
        }
        return found
    }

    /// To a tenth.
    private static func text(_ seconds: Double) -> String {
        let tenths = (seconds * 10).rounded() / 10
        return tenths == tenths.rounded() && abs(tenths) < 1e15 ? "\(Int(tenths))" : "\(tenths)"
    }
}
