package io.gatewaykit.examples.edge.proxy;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What the proxy is told. Immutable.
 *
 * @param headers what changes in headers
 * @param perTryTimeout how long a connection, and then the head of a response, may take
 * @param sticky what keeps clients at their endpoints, or null if nothing does
 */
record ProxySettings(HeaderRules headers, Duration perTryTimeout, @Nullable StickyCookie sticky) {}
