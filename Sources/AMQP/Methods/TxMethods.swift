/// `tx.select`. Makes the channel transactional.
struct TxSelect: MethodArguments {}

/// `tx.select-ok`. The channel is transactional.
struct TxSelectOK: MethodArguments {}

/// `tx.commit`. Commits the transaction, and begins the next.
struct TxCommit: MethodArguments {}

/// `tx.commit-ok`. The transaction is committed.
struct TxCommitOK: MethodArguments {}

/// `tx.rollback`. Takes back the transaction, and begins the next.
struct TxRollback: MethodArguments {}

/// `tx.rollback-ok`. The transaction is taken back.
struct TxRollbackOK: MethodArguments {}
