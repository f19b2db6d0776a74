@NullMarked
package io.gatewaykit.httpclient.apache;

import org.jspecify.annotations.NullMarked;
