/** The adapter for gRPC. */
@NullMarked
package io.gatewaykit.httpclient.grpc;

import org.jspecify.annotations.NullMarked;
