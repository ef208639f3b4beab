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

    let request: HTTPRequest
    private let completion: TransferQueue.Completion
    let deadline: ContinuousClock.Instant
    let errorText: UnsafeMutablePointer<CChar>
    private var lists: [UnsafeMutablePointer<curl_slist>] = []
    private var isRepeated = false

    private var headers: [HTTPHeader] = []
    private var headerBytes = 0
    private var body: [UInt8] = []
    var isTooLarge = false
    private var descriptor: Int32?
    var socketFailure: PeerCheckedSocket.Failure?

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

        setUsual(set, set)
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

        setCallbacks(check)
        return failure
    }

    // MARK: Reception

    func append(header line: UnsafeBufferPointer<UInt8>) -> Bool {
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

    func append(body bytes: UnsafeBufferPointer<UInt8>) -> Bool {
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
    func take(_ descriptor: Int32) { self.descriptor = descriptor }

    /// Whether a request may go out over the connection that has come about.
    func mayUseConnection() -> Bool {
        guard let socket = request.unixSocket, let descriptor else { return false }
        do throws(PeerCheckedSocket.Failure) {
            try PeerCheckedSocket.check(descriptor, of: socket)
            return true
        } catch {
            socketFailure = error
            return false
        }
    }

    func number(_ info: CURLINFO) -> Int {
        var value = 0
        ccurl_get_long(handle, info, &value)
        return value
    }

    func microseconds(_ info: CURLINFO) -> Int {
        var value: curl_off_t = 0
        ccurl_get_offset(handle, info, &value)
        return Int(value)
    }
}
