import CCurl
import TLSDiagnosis

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// One request under way: libcurl's handle, what came back so far, and who waits for it.
///
/// Confined to the thread of its ``TransferLoop``.
final class Transfer {
    /// libcurl's easy handle; freed with the transfer, which must have left the multi handle by then.
    let handle: UnsafeMutableRawPointer

    private let request: HTTPRequest
    private let completion: TransferQueue.Completion
    private let deadline: ContinuousClock.Instant
    private let errorText: UnsafeMutablePointer<CChar>
    private var lists: [UnsafeMutablePointer<curl_slist>] = []
    private var isRepeated = false

    private var headers: [HTTPHeader] = []
    private var headerBytes = 0
    private var body: [UInt8] = []
    private var isTooLarge = false
    private var descriptor: Int32?
    private var socketFailure: PeerCheckedSocket.Failure?

    /// Header fields of one response: a bound, many times what RabbitMQ sends.
    private static let maximumHeaderBytes = 256 << 10

    init(handle: UnsafeMutableRawPointer, request: HTTPRequest, completion: TransferQueue.Completion) {
        self.handle = handle
        self.request = request
        self.completion = completion
        deadline = .now + request.timeouts.total
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        curl_easy_cleanup(handle)
        for list in lists { curl_slist_free_all(list) }
        errorText.deallocate()
    }

    // MARK: Start

    /// Sets every option of the request, on a clean handle.
    ///
    /// - Parameter repeating: whether this is the second attempt, which takes a new connection and the time that is left.
    /// - Returns: why libcurl refused, or `nil`.
    func prepare(repeating: Bool = false) -> (code: HTTPClientError.Code, detail: String)? {
        curl_easy_reset(handle)
        headers.removeAll()
        headerBytes = 0
        body.removeAll()
        errorText.pointee = 0
        socketFailure = nil
        descriptor = nil
        isRepeated = repeating

        var failure: (code: HTTPClientError.Code, detail: String)?
        func check(_ option: CURLoption, _ result: CURLcode) {
            guard result != CURLE_OK, failure == nil else { return }
            failure = (
                .other, "libcurl refused option \(option.rawValue): \(String(cString: curl_easy_strerror(result)))"
            )
        }
        func set(_ option: CURLoption, _ value: Int) { check(option, ccurl_set_long(handle, option, value)) }
        func set(_ option: CURLoption, _ value: String) { check(option, ccurl_set_string(handle, option, value)) }
        func set(_ option: CURLoption, _ list: [String]) {
            var head: UnsafeMutablePointer<curl_slist>?
            for line in list {
                guard let longer = curl_slist_append(head, line) else { break }
                head = longer
            }
            guard let head else { return }
            lists.append(head)
            check(option, ccurl_set_list(handle, option, head))
        }

        set(CURLOPT_NOSIGNAL, 1)
        set(CURLOPT_PROTOCOLS_STR, "http,https")
        set(CURLOPT_NOPROXY, "*")
        set(CURLOPT_FOLLOWLOCATION, 0)
        set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        set(CURLOPT_HTTP09_ALLOWED, 0)
        set(CURLOPT_PATH_AS_IS, 1)
        // RabbitMQ closes a management connection that was idle for 5 s.
        set(CURLOPT_MAXAGE_CONN, 4)
        // So that what a TLS port answers to a request without TLS can be looked at.
        set(CURLOPT_HTTP09_ALLOWED, 1)
        // Without this, giving up on a resolver that hangs would wait for it, and with it every transfer of the loop.
        set(CURLOPT_QUICK_EXIT, 1)
        set(CURLOPT_ACCEPT_ENCODING, "gzip")
        set(CURLOPT_USERAGENT, "ropeway")
        setAddress(set, set)
        setTimeouts(set)
        setTLS(set, set)
        if let credentials = request.credentials {
            set(CURLOPT_HTTPAUTH, 1)
            set(CURLOPT_USERNAME, credentials.username)
            set(CURLOPT_PASSWORD, credentials.password)
        }
        // Repeating a request that is not idempotent is not ours to decide, nor libcurl's, which does so on a
        // connection that it used before.
        // A connection to a Unix socket is never used again either, so that who listens is looked at each time.
        set(CURLOPT_FRESH_CONNECT, repeating || !request.isIdempotent || request.unixSocket != nil ? 1 : 0)
        setMethod(set, set)
        var lines = request.headers.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
        lines.append("Expect:")
        set(CURLOPT_HTTPHEADER, lines)

        let context = Unmanaged.passUnretained(self).toOpaque()
        check(CURLOPT_ERRORBUFFER, ccurl_set_pointer(handle, CURLOPT_ERRORBUFFER, errorText))
        check(CURLOPT_WRITEDATA, ccurl_set_pointer(handle, CURLOPT_WRITEDATA, context))
        check(CURLOPT_HEADERDATA, ccurl_set_pointer(handle, CURLOPT_HEADERDATA, context))
        check(CURLOPT_WRITEFUNCTION, ccurl_set_data_function(handle, CURLOPT_WRITEFUNCTION, receiveBody))
        if request.unixSocket != nil {
            check(CURLOPT_SOCKOPTDATA, ccurl_set_pointer(handle, CURLOPT_SOCKOPTDATA, context))
            check(
                CURLOPT_SOCKOPTFUNCTION,
                ccurl_set_socket_function(handle, CURLOPT_SOCKOPTFUNCTION, takeSocket)
            )
            check(CURLOPT_PREREQDATA, ccurl_set_pointer(handle, CURLOPT_PREREQDATA, context))
            check(
                CURLOPT_PREREQFUNCTION,
                ccurl_set_connected_function(handle, CURLOPT_PREREQFUNCTION, checkPeer)
            )
        }
        check(CURLOPT_HEADERFUNCTION, ccurl_set_data_function(handle, CURLOPT_HEADERFUNCTION, receiveHeader))
        return failure
    }

    private func setAddress(_ set: (CURLoption, String) -> Void, _ setList: (CURLoption, [String]) -> Void) {
        guard request.origin.scheme == .https, let name = request.tls.serverName else {
            set(CURLOPT_URL, request.origin.description + request.target)
            if let socket = request.unixSocket { set(CURLOPT_UNIX_SOCKET_PATH, socket.path) }
            return
        }
        // The URL carries the name to verify; the connection goes to the configured host.
        var named = request.origin
        named.host = name
        set(CURLOPT_URL, named.description + request.target)
        setList(CURLOPT_CONNECT_TO, ["::\(request.origin.authority)"])
    }

    private func setTimeouts(_ set: (CURLoption, Int) -> Void) {
        let left = ContinuousClock.now.duration(to: deadline).millisecondsAtLeastOne
        set(CURLOPT_TIMEOUT_MS, left)
        set(CURLOPT_CONNECTTIMEOUT_MS, min(left, request.timeouts.connect.millisecondsAtLeastOne))
    }

    private func setTLS(_ set: (CURLoption, String) -> Void, _ setNumber: (CURLoption, Int) -> Void) {
        setNumber(CURLOPT_SSL_VERIFYPEER, 1)
        setNumber(CURLOPT_SSL_VERIFYHOST, 2)
        let isNewOnly = request.tls.minimumVersion == .tls13
        setNumber(CURLOPT_SSLVERSION, Int(isNewOnly ? CURL_SSLVERSION_TLSv1_3 : CURL_SSLVERSION_TLSv1_2))
        guard request.origin.scheme == .https else { return }
        if let file = request.tls.authorityFile {
            set(CURLOPT_CAINFO, file)
            // The system's folder of authorities would be trusted beside the file.
            ccurl_set_string(handle, CURLOPT_CAPATH, nil)
            // From 7.87 on libcurl would go by the file as it was up to a day ago.
            ccurl_forget_authorities(handle)
        }
        if let file = request.tls.certificateFile { set(CURLOPT_SSLCERT, file) }
        if let file = request.tls.privateKeyFile { set(CURLOPT_SSLKEY, file) }
        // Without one, OpenSSL would ask for the passphrase of a protected key on the terminal.
        set(CURLOPT_KEYPASSWD, "")
    }

    private func setMethod(_ setNumber: (CURLoption, Int) -> Void, _ set: (CURLoption, String) -> Void) {
        switch request.method {
        case .get where request.body.isEmpty:
            setNumber(CURLOPT_HTTPGET, 1)
        case .head:
            setNumber(CURLOPT_NOBODY, 1)
        case .get, .put, .post, .delete:
            if request.method != .delete || !request.body.isEmpty {
                ccurl_set_offset(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(request.body.count))
                request.body.withUnsafeBytes { bytes in
                    // libcurl copies the bytes here, and only reads them.
                    _ = ccurl_set_pointer(
                        handle,
                        CURLOPT_COPYPOSTFIELDS,
                        UnsafeMutableRawPointer(mutating: bytes.baseAddress)
                    )
                }
                if request.body.isEmpty { set(CURLOPT_COPYPOSTFIELDS, "") }
            }
            set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
        }
    }

    // MARK: Reception

    fileprivate func append(header line: UnsafeBufferPointer<UInt8>) -> Bool {
        headerBytes += line.count
        guard headerBytes <= Self.maximumHeaderBytes else {
            isTooLarge = true
            return false
        }
        let text = String(decoding: line, as: UTF8.self)
        if text.hasPrefix("HTTP/") {
            // A final response after an interim one starts again.
            headers.removeAll()
        } else if let colon = text.firstIndex(of: ":") {
            let value = text[text.index(after: colon)...]
                .drop { $0 == " " || $0 == "\t" }
                .prefix { !$0.isNewline }
            headers.append(HTTPHeader(name: String(text[..<colon]), value: String(value)))
        }
        return true
    }

    fileprivate func append(body bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard body.count + bytes.count <= request.maximumResponseBytes else {
            isTooLarge = true
            return false
        }
        body.append(contentsOf: bytes)
        // Without a header it is not HTTP as it is spoken today: nothing more of it is wanted.
        return headerBytes > 0
    }

    // MARK: End

    /// Whether the transfer failed only because its connection, kept from an earlier request, was closed meanwhile.
    func mayRepeat(after result: CURLcode) -> Bool {
        guard !isRepeated, request.isIdempotent, headerBytes == 0, .now < deadline else { return false }
        switch result {
        case CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_GOT_NOTHING:
            return number(CURLINFO_NUM_CONNECTS) == 0
        default:
            return false
        }
    }

    func finish(_ result: CURLcode) {
        if headerBytes == 0, !body.isEmpty {
            // Taken for HTTP/0.9, which has no header. A TLS alert (RFC 8446, section 5.1) is the answer of a TLS port.
            let fault: TLSFault? = body.starts(with: [0x15, 0x03]) ? .speaksTLS : nil
            completion.resume(returning: .failure(HTTPClientError(.invalidResponse, request, tlsFault: fault)))
            return
        }
        guard result == CURLE_OK else {
            completion.resume(returning: .failure(error(result)))
            return
        }
        let status = number(CURLINFO_RESPONSE_CODE)
        completion.resume(returning: .success(HTTPResponse(status: status, headers: headers, body: body)))
    }

    func fail(_ code: HTTPClientError.Code, detail: String = "") {
        completion.resume(returning: .failure(HTTPClientError(code, request, detail: detail)))
    }

    /// Takes note of the socket that libcurl is about to connect.
    fileprivate func take(_ descriptor: Int32) { self.descriptor = descriptor }

    /// Whether a request may go out over the connection that has come about.
    fileprivate func mayUseConnection() -> Bool {
        guard let socket = request.unixSocket, let descriptor else { return false }
        do throws(PeerCheckedSocket.Failure) {
            try PeerCheckedSocket.check(descriptor, of: socket)
            return true
        } catch {
            socketFailure = error
            return false
        }
    }

    private func error(_ result: CURLcode) -> HTTPClientError {
        if let socketFailure { return HTTPClientError(socketFailure.code, request, detail: socketFailure.detail) }
        if isTooLarge {
            return HTTPClientError(
                .responseTooLarge,
                request,
                detail: "more than \(request.maximumResponseBytes) bytes"
            )
        }
        let text = String(cString: errorText)
        let detail = text.isEmpty ? String(cString: curl_easy_strerror(result)) : text
        guard let fault = tlsFault(of: result, detail) else {
            return HTTPClientError(code(of: result), request, detail: detail)
        }
        let code = fault.concernsBrokerCertificate ? HTTPClientError.Code.certificateRejected : .tlsFailed
        return HTTPClientError(code, request, detail: detail, tlsFault: fault)
    }

    private func code(of result: CURLcode) -> HTTPClientError.Code {
        switch result {
        case CURLE_URL_MALFORMAT:
            return .invalidRequest
        case CURLE_COULDNT_RESOLVE_HOST:
            return .couldNotResolve
        case CURLE_COULDNT_CONNECT:
            let error = number(CURLINFO_OS_ERRNO)
            let nothingListens = error == Int(ECONNREFUSED) || request.unixSocket != nil && error == Int(ENOENT)
            return nothingListens ? .connectionRefused : .couldNotConnect
        case CURLE_OPERATION_TIMEDOUT:
            return microseconds(CURLINFO_PRETRANSFER_TIME_T) == 0 ? .connectTimedOut : .timedOut
        case CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE:
            return .connectionLost
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING:
            return .invalidResponse
        default:
            return .other
        }
    }

    /// What is wrong with TLS, or `nil` where something else is.
    private func tlsFault(of result: CURLcode, _ text: String) -> TLSFault? {
        guard request.origin.scheme == .https else { return nil }
        switch result {
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_ISSUER_ERROR:
            return verificationFault(text)
        case CURLE_SSL_CERTPROBLEM, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CRL_BADFILE:
            return .fileUnusable(text)
        case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CIPHER, CURLE_SSL_ENGINE_INITFAILED, CURLE_SSL_SHUTDOWN_FAILED:
            return TLSFault(libraryText: text)
        case CURLE_RECV_ERROR where text.contains("alert"):
            // With TLS 1.3 the server judges the client's certificate after the client's side of the handshake is over.
            return TLSFault(libraryText: text)
        default:
            return nil
        }
    }

    /// By the codes of OpenSSL's `X509_V_ERR_…`, which libcurl passes on, and which it leaves at "no error" where it
    /// compares the name itself.
    private func verificationFault(_ text: String) -> TLSFault {
        switch number(CURLINFO_SSL_VERIFYRESULT) {
        case 9: .certificateNotYetValid
        case 10: .certificateExpired
        case 2, 18, 19, 20, 21: .unknownAuthority
        case 62, 64: .wrongName(expected: expectedName)
        case _ where text.contains("subject name"): .wrongName(expected: expectedName)
        default: .certificateNotAccepted(text)
        }
    }

    private var expectedName: String { request.tls.serverName ?? request.origin.host }

    private func number(_ info: CURLINFO) -> Int {
        var value = 0
        ccurl_get_long(handle, info, &value)
        return value
    }

    private func microseconds(_ info: CURLINFO) -> Int {
        var value: curl_off_t = 0
        ccurl_get_offset(handle, info, &value)
        return Int(value)
    }
}

/// Is told of the socket before libcurl connects it.
private func takeSocket(_ context: UnsafeMutableRawPointer?, _ socket: curl_socket_t, _ purpose: curlsocktype) -> Int32
{
    guard let context else { return CURL_SOCKOPT_ERROR }
    Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue().take(socket)
    return CURL_SOCKOPT_OK
}

/// Is asked once a connection has come about and before the request goes out.
private func checkPeer(
    _ context: UnsafeMutableRawPointer?,
    _ remote: UnsafeMutablePointer<CChar>?,
    _ local: UnsafeMutablePointer<CChar>?,
    _ remotePort: Int32,
    _ localPort: Int32
) -> Int32 {
    guard let context else { return CURL_PREREQFUNC_ABORT }
    let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    return transfer.mayUseConnection() ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
}

/// Takes a part of the body from libcurl; another count than the given one ends the transfer.
private func receiveBody(
    _ bytes: UnsafeMutablePointer<CChar>?,
    _ size: Int,
    _ count: Int,
    _ context: UnsafeMutableRawPointer?
) -> Int {
    receive(bytes, size &* count, context) { $0.append(body: $1) }
}

/// Takes one header line from libcurl.
private func receiveHeader(
    _ bytes: UnsafeMutablePointer<CChar>?,
    _ size: Int,
    _ count: Int,
    _ context: UnsafeMutableRawPointer?
) -> Int {
    receive(bytes, size &* count, context) { $0.append(header: $1) }
}

private func receive(
    _ bytes: UnsafeMutablePointer<CChar>?,
    _ length: Int,
    _ context: UnsafeMutableRawPointer?,
    _ take: (Transfer, UnsafeBufferPointer<UInt8>) -> Bool
) -> Int {
    guard let bytes, let context, length > 0 else { return 0 }
    let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    let isTaken = bytes.withMemoryRebound(to: UInt8.self, capacity: length) { start in
        take(transfer, UnsafeBufferPointer(start: start, count: length))
    }
    // libcurl takes any other count than `length` as a failure.
    return isTaken ? length : length &- 1
}
