/** The adapter for {@code java.net.http}. */
@NullMarked
package io.gatewaykit.httpclient.jdk;

import org.jspecify.annotations.NullMarked;
