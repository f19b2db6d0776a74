@NullMarked
package io.gatewaykit.httpclient.jdk;

import org.jspecify.annotations.NullMarked;
